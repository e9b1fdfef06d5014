/* The world of libuv for scripts: the module `luv`, on a small loop of its own
 * that is embedded in the worker's.
 *
 * The loop is made when a script first requires the module; until then this
 * costs nothing. Callbacks become tasks: they may wait, and their errors are
 * logged. Nothing here runs Lua inside of something that runs.
 *
 * Threads:   the worker's.
 * Ownership: a generation owns it, and calls, in this order: init, close, then
 *            destroys the script, deinit.
 */
#ifndef SLUICE_WORKER_LUV_H
#define SLUICE_WORKER_LUV_H

#include <uv.h>

#include "script/script.h"

typedef enum sl_luv_phase {
    SL_LUV_UNUSED,
    SL_LUV_OPEN,
    SL_LUV_CLOSING, /* the script's handles are being told to close */
    SL_LUV_CLOSED   /* callbacks are dropped, but for those of host.owe */
} sl_luv_phase;

typedef struct sl_luv sl_luv;

struct sl_luv {
    sl_script *script;
    uv_loop_t *host;
    uv_loop_t loop; /* the script's; it holds handles of luv only */
    sl_luv_phase phase;

    /* On the host's loop. */
    uv_poll_t events;    /* something happened on the script's loop */
    uv_timer_t timer;    /* something will be due there */
    uv_prepare_t before; /* before each wait: what handlers have begun */
    uv_idle_t more;      /* active: do not wait, there is something to run */
    int open;            /* of these four */
    void (*on_freed)(sl_luv *luv);
};

/* "1.44.2-0", as its package says. */
const char *sl_luv_version(void);

/* Let the script find the module as "luv" and "uv". */
void sl_luv_init(sl_luv *luv, uv_loop_t *host, sl_script *script);

/* Is the system being asked for something, or a timer of luv running? */
bool sl_luv_has_work(sl_luv *luv);

/* Begin to close what the script has left open. Callbacks are dropped from now
 * on, but for those that give back what a thread holds. */
void sl_luv_close(sl_luv *luv);

/* Is something of it still under way? */
bool sl_luv_is_busy(const sl_luv *luv);

/* Wait for it. */
void sl_luv_finish(sl_luv *luv);

/* After the VM was closed, when nothing is under way. The host's loop calls
 * `on_freed` when it has let go of it; if it never had it, it is called now. */
void sl_luv_deinit(sl_luv *luv, void (*on_freed)(sl_luv *luv));

#endif
