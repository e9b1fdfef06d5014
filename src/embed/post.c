/* Functions that other threads want to be called on the loop. */
#include "base/memory.h"
#include "embed/embed.h"

struct sl_post {
    sl_post *next;
    sl_response *response; /* NULL: for no exchange */
    uint32_t generation;
    sl_post_fn *fn;
    void *context;
};

void sl_server_post(sl_server *server, sl_response *response,
                    uint32_t generation, sl_post_fn *fn, void *context)
{
    sl_post *post = sl_malloc(sizeof *post);

    *post = (sl_post){
        .response = response,
        .generation = generation,
        .fn = fn,
        .context = context,
    };
    uv_mutex_lock(&server->lock);
    *server->last_post = post;
    server->last_post = &post->next;
    uv_mutex_unlock(&server->lock);
    if (atomic_load(&server->awake)) {
        uv_async_send(&server->wake);
    }
}

static void run(const sl_server *server, const sl_post *post)
{
    sl_response *response = post->response;

    if (server->worker == NULL ||
        (response != NULL && response->generation != post->generation)) {
        post->fn(NULL, NULL, post->generation, SL_EGONE, post->context);
    } else if (response == NULL) {
        post->fn(NULL, NULL, 0, SL_OK, post->context);
    } else {
        post->fn(&sl_exchange_of_response(response)->request, response,
                 post->generation, SL_OK, post->context);
    }
}

static sl_post *take_all(sl_server *server)
{
    sl_post *posts;

    uv_mutex_lock(&server->lock);
    posts = server->posts;
    server->posts = NULL;
    server->last_post = &server->posts;
    uv_mutex_unlock(&server->lock);
    return posts;
}

void sl_embed_run_posts(sl_server *server)
{
    sl_post *post = take_all(server);

    while (post != NULL) {
        sl_post *next = post->next;

        run(server, post);
        sl_free(post);
        post = next;
    }
}

static void on_wake(uv_async_t *handle)
{
    sl_server *server = handle->data;

    sl_embed_run_posts(server);
    sl_embed_look_at_stops(server);
}

void sl_embed_watch(sl_server *server)
{
    uv_async_init(server->worker->loop, &server->wake, on_wake);
    server->wake.data = server;
    atomic_store(&server->awake, true);
    uv_async_send(&server->wake); /* for what was posted before */
}
