/* Stages of the public interface, <sluice/stage.h>, which keep the bytes as they are:
 * they pass, read, copy, hold and split them, wait for somebody before the head and in
 * the body, stay away, stop in the middle of things, and fail.
 */
#ifndef SLUICE_MODEL_ACTOR_H
#define SLUICE_MODEL_ACTOR_H

#include <sluice/stage.h>

#include "model.h"
#include "rng.h"

enum { ACTOR_KEPT = 64 };

typedef struct actor {
    sl_stage_type type;
    rng *random;
    report *report;
    const uint64_t *now_ms;
    sl_stage *stage;
    uint32_t generation;
    uint32_t lives; /* pieces of work until it fails; 0: it never does */
    bool may_fail;
    bool is_asked;   /* about the head of this answer */
    bool at_head;    /* waits in `headers` */
    bool waits;      /* for actor_go_on */
    bool is_over;    /* told that nothing follows, and has put all out */
    uint32_t how;    /* of the push that waits */
    uint32_t nkept;  /* bytes taken and not put out */
    uint64_t since;  /* it keeps some */
    unsigned aborts; /* that it was told of */
    unsigned ends;
    char kept[ACTOR_KEPT];
} actor;

/* Add one to a response to which nothing was written. The actor outlives it. */
void actor_add(actor *a, rng *random, report *r, const uint64_t *now_ms,
               sl_response *response, uint32_t generation);

/* Somebody has done something for an actor that waits. */
void actor_go_on(actor *a);

/* It keeps something for longer than it declared. */
bool actor_holds_long(const actor *a);

/* Its response is gone. */
void actor_check_end(const actor *a);

#endif
