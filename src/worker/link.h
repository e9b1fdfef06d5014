/* A worker's side of its supervisor: what it has inherited, and what it is
 * told.
 */
#ifndef SLUICE_WORKER_LINK_H
#define SLUICE_WORKER_LINK_H

#include <stdbool.h>

#include <uv.h>

#include <sluice/status.h>

/* Descriptors of a worker that a supervisor has started. */
enum {
    SL_INHERITED_CHANNEL = 3,
    SL_INHERITED_SETTINGS, /* a file with the bytes of sl_settings_save */
    SL_INHERITED_PAGE,     /* see heartbeat.h */
    SL_INHERITED_SOURCES,  /* see script/sources.h; another file: none. To a
                              probe: where it records what it reads */
    SL_INHERITED_SOCKETS   /* the first of those to listen on */
};

struct sl_worker;

typedef struct sl_link {
    int channel; /* -1: there is no supervisor */
    uint32_t sockets;
    uv_poll_t poll;
    unsigned reload; /* the number of the last one that was asked for */
} sl_link;

/* Say that the app is loaded, and do what the supervisor says from now on. */
void sl_link_start(struct sl_worker *worker, uint32_t sockets);

/* Ask to be replaced; without a supervisor nothing happens. */
void sl_link_say_worn(const sl_link *link, const char *why);

void sl_link_close(sl_link *link);

#endif
