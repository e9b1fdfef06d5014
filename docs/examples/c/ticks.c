/* A server on the loop of the program: ./ticks address [app.lua]
 *
 *   GET /ticks    a line for each tick of the program's own timer
 *
 * The program runs libuv's loop for purposes of its own, here a timer, and a
 * signal that ends it. With an app the server runs Lua beside.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include <sluice/sluice.h>

enum { MOST = 64, TICK_MS = 20 };

/* Those who listen; the places of those who have left are free again. */
typedef struct listener {
    sl_response *response; /* NULL: free */
    uint32_t generation;
} listener;

typedef struct program {
    uv_timer_t timer;
    uv_signal_t signal;
    sl_server *server;
    listener listeners[MOST];
    unsigned ticks;
} program;

static void on_left(sl_request *request, sl_response *response,
                    uint32_t generation, void *context)
{
    listener *l = context;

    l->response = NULL;
    (void)!sl_response_indicate_completion(response, generation, SL_EABORTED);
}

static sl_status listen_to(sl_request *request, sl_response *response,
                           uint32_t generation, void *context)
{
    program *p = context;

    for (int i = 0; i < MOST; i++) {
        listener *l = &p->listeners[i];

        if (l->response == NULL) {
            sl_status rc =
                sl_response_on_abort(response, generation, on_left, l);

            if (rc == SL_OK) {
                *l = (listener){response, generation};
            }
            return rc < 0 ? rc : SL_PENDING;
        }
    }
    return sl_response_set_status(response, generation, 503, NULL, 0);
}

/* From the program's own callback: what is written leaves in this turn. */
static void on_tick(uv_timer_t *timer)
{
    program *p = timer->data;
    char text[32];
    int len = snprintf(text, sizeof text, "tick %u\n", ++p->ticks);

    for (int i = 0; i < MOST; i++) {
        listener *l = &p->listeners[i];

        /* One that takes nothing misses ticks: SL_EAGAIN. */
        if (l->response != NULL) {
            (void)!sl_response_write(l->response, l->generation, text,
                                     (size_t)len);
        }
    }
}

static void on_stopped(sl_server *server, void *context)
{
    program *p = context;

    sl_server_destroy(server);
    uv_close((uv_handle_t *)&p->timer, NULL);
    uv_close((uv_handle_t *)&p->signal, NULL);
}

/* The listeners never end by themselves: end them, so that nobody waits. */
static void on_signal(uv_signal_t *handle, int number)
{
    program *p = handle->data;

    uv_timer_stop(&p->timer);
    for (int i = 0; i < MOST; i++) {
        const listener *l = &p->listeners[i];

        if (l->response != NULL) {
            (void)!sl_response_indicate_completion(l->response, l->generation,
                                                   SL_OK);
        }
    }
    sl_server_stop(p->server);
}

static int serve(program *p, const char *address, const char *app)
{
    sl_server *server = p->server;

    sl_server_on_stopped(server, on_stopped, p);
    return sl_server_use_loop(server, p->timer.loop) < 0 ||
           sl_server_handle(server, "GET", "/ticks", listen_to, p) < 0 ||
           (app != NULL && sl_server_load(server, app) < 0) ||
           sl_server_listen(server, address, NULL, 0) < 0 ||
           sl_server_start(server) < 0;
}

int main(int argc, char **argv)
{
    static program p;
    uv_loop_t *loop = uv_default_loop();
    int failed;

    signal(SIGPIPE, SIG_IGN);
    p.server = sl_server_create();
    p.timer.data = &p;
    p.signal.data = &p;
    uv_timer_init(loop, &p.timer);
    uv_signal_init(loop, &p.signal);
    uv_timer_start(&p.timer, on_tick, TICK_MS, TICK_MS);
    uv_signal_start(&p.signal, on_signal, SIGTERM);
    failed = argc < 2 || serve(&p, argv[1], argc > 2 ? argv[2] : NULL);
    if (failed) {
        fprintf(stderr, "%s\n", sl_server_error(p.server));
        on_stopped(p.server, &p);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    return failed || uv_loop_close(loop) != 0;
}
