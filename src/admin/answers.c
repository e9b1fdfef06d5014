/* What the admin listener answers, and whom. */
#include "admin/answers.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

/* So long a worker is waited for that was asked what is live in it. */
enum { LOOK_MS = 5, MOST_LOOKS = 50 };

/* Somebody whose answer comes later. */
typedef struct waiter {
    sl_list link;
    sl_response *response;
    uint32_t generation;
} waiter;

/* --- Answers ------------------------------------------------------------------ */

static sl_status set(sl_response *response, uint32_t generation,
                     const char *name, const char *value)
{
    return sl_response_set_header(response, generation, name, strlen(name),
                                  value, strlen(value), 1);
}

static sl_status answer(sl_response *response, uint32_t generation, int status,
                        const char *type, const sl_buffer *text)
{
    sl_status rc =
        sl_response_set_status(response, generation, status, NULL, 0);

    if (rc == SL_OK) {
        rc = set(response, generation, "Content-Type", type);
    }
    if (rc == SL_OK) {
        rc = set(response, generation, "Cache-Control", "no-store");
    }
    if (rc == SL_OK) {
        rc = sl_response_write(response, generation, sl_buffer_data(text),
                               sl_buffer_len(text));
    }
    return rc;
}

static const char plain[] = "text/plain; charset=utf-8";

static sl_status say(sl_response *response, uint32_t generation, int status,
                     const char *what)
{
    sl_buffer text = {0};
    sl_status rc;

    sl_buffer_printf(&text, "%s\n", what);
    rc = answer(response, generation, status, plain, &text);
    sl_buffer_deinit(&text);
    return rc;
}

/* --- Questions ------------------------------------------------------------------ */

typedef bool judge_fn(void *host, sl_buffer *why_not);

static sl_status judge(sl_admin *admin, judge_fn *is_fine, const char *fine,
                       sl_response *response, uint32_t generation)
{
    sl_buffer text = {0};
    int status = 200;
    sl_status rc;

    if (is_fine(admin->context, &text)) {
        sl_buffer_printf(&text, "%s\n", fine);
    } else {
        status = 503;
        sl_buffer_printf(&text, "\n");
    }
    rc = answer(response, generation, status, plain, &text);
    sl_buffer_deinit(&text);
    return rc;
}

static sl_status health(sl_admin *admin, sl_response *response,
                        uint32_t generation)
{
    return judge(admin, admin->host->is_healthy, "healthy", response,
                 generation);
}

static sl_status readiness(sl_admin *admin, sl_response *response,
                           uint32_t generation)
{
    return judge(admin, admin->host->is_ready, "ready", response, generation);
}

static sl_status metrics(sl_admin *admin, sl_response *response,
                         uint32_t generation)
{
    sl_board *sum = sl_board_create();
    sl_admin_facts facts = {0};
    sl_buffer text = {0};
    sl_status rc;

    admin->host->sum(admin->context, sum, &facts);
    sl_admin_render(sum, &facts, admin->started_unix_s, &text);
    rc = answer(response, generation, 200,
                "text/plain; version=0.0.4; charset=utf-8", &text);
    sl_buffer_deinit(&text);
    sl_board_unmap(sum);
    return rc;
}

static sl_status wait(sl_list *list, sl_response *response, uint32_t generation)
{
    waiter *w = sl_malloc(sizeof *w);

    *w = (waiter){.response = response, .generation = generation};
    sl_list_append(list, &w->link);
    return SL_PENDING;
}

/* Everybody in the list gets the same answer. */
static void tell_all(sl_list *list, int status, const char *type,
                     const sl_buffer *text)
{
    sl_list *link;

    while ((link = sl_list_take(list)) != NULL) {
        waiter *w = SL_CONTAINER(link, waiter, link);
        sl_status rc = answer(w->response, w->generation, status, type, text);

        rc = sl_response_indicate_completion(w->response, w->generation,
                                             rc < 0 ? rc : SL_OK);
        (void)rc; /* who has left is told nothing */
        sl_free(w);
    }
}

static void tell_status(sl_admin *admin)
{
    sl_buffer json = {0};

    uv_timer_stop(&admin->patience);
    admin->control->host->status(admin->control->context, SL_STATUS_LIVE,
                                 &json);
    tell_all(&admin->status_waiting, 200, "application/json", &json);
    sl_buffer_deinit(&json);
}

static void on_patience(uv_timer_t *timer)
{
    sl_admin *admin = timer->data;

    if (admin->host->have_answered(admin->context) ||
        ++admin->looks >= MOST_LOOKS) {
        sl_pipeline_refresh(admin->worker.pipeline);
        tell_status(admin);
    }
}

static sl_status status(sl_admin *admin, sl_response *response,
                        uint32_t generation)
{
    admin->host->ask(admin->context);
    if (!uv_is_active((uv_handle_t *)&admin->patience)) {
        admin->looks = 0;
        uv_timer_start(&admin->patience, on_patience, LOOK_MS, LOOK_MS);
    }
    return wait(&admin->status_waiting, response, generation);
}

static sl_status reload(sl_admin *admin, sl_response *response,
                        uint32_t generation)
{
    sl_status rc;

    if (!admin->host->may_reload(admin->context)) {
        return say(response, generation, 503,
                   "nothing can be reloaded while the server starts or stops");
    }
    rc = wait(&admin->reload_waiting, response, generation);
    admin->control->host->reload(admin->control->context);
    return rc;
}

void sl_admin_on_outcome(void *listener, const sl_outcome *outcome)
{
    sl_admin *admin = listener;
    const char *error = outcome->error;
    sl_buffer text = {0};

    sl_buffer_printf(&text, "%s\n", error != NULL ? error : "reloaded");
    sl_pipeline_refresh(admin->worker.pipeline);
    tell_all(&admin->reload_waiting, error != NULL ? 500 : 200, plain, &text);
    sl_buffer_deinit(&text);
}

void sl_admin_forget(sl_admin *admin)
{
    sl_list *link;

    while ((link = sl_list_take(&admin->status_waiting)) != NULL ||
           (link = sl_list_take(&admin->reload_waiting)) != NULL) {
        sl_free(SL_CONTAINER(link, waiter, link));
    }
}

/* --- Routes --------------------------------------------------------------------- */

typedef sl_status ask_fn(sl_admin *admin, sl_response *response,
                         uint32_t generation);

static sl_status guarded(sl_request *request, sl_response *response,
                         uint32_t generation, sl_admin *admin, ask_fn *ask)
{
    if (!sl_admin_is_called_by_name(admin, request, generation)) {
        return say(response, generation, 403,
                   "call this listener by its address, or as localhost");
    }
    return ask(admin, response, generation);
}

/* clang-format off */
#define HANDLER(name) \
    static sl_status on_##name(sl_request *request, sl_response *response, \
                               uint32_t generation, void *context) \
    { \
        return guarded(request, response, generation, context, name); \
    }
/* clang-format on */

HANDLER(health)
HANDLER(readiness)
HANDLER(metrics)
HANDLER(status)

static sl_status on_reload(sl_request *request, sl_response *response,
                           uint32_t generation, void *context)
{
    if (!sl_admin_may_change(request, generation)) {
        return say(response, generation, 403,
                   "a reload is asked for on this machine, and not by a page");
    }
    return guarded(request, response, generation, context, reload);
}

void sl_admin_add_routes(sl_admin *admin)
{
    static const struct {
        const char *method;
        const char *path;
        sl_handler_fn *fn;
    } routes[] = {
        {"GET", "/healthz", on_health},  {"GET", "/readyz", on_readiness},
        {"GET", "/metrics", on_metrics}, {"GET", "/status", on_status},
        {"POST", "/reload", on_reload},
    };

    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        char *error;
        sl_status rc =
            sl_native_routes_add(&admin->native.routes, routes[i].method,
                                 routes[i].path, routes[i].fn, admin, &error);

        assert(rc == SL_OK);
        (void)rc;
    }
}
