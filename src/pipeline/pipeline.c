#include "pipeline/pipeline.h"

#include <assert.h>

#include "base/memory.h"
#include "pipeline/block.h"
#include "pipeline/fragment.h"
#include "pipeline/user_stage.h"

enum { KEPT_ARENA_BLOCKS = 1024 };

#define KIB UINT64_C(1024)

/* With a small write on top and its framing, what is above the threshold fits
 * into two of the kernel's packets of 64 KiB; a third one for a few bytes costs
 * as much as a full one. */
const sl_pipeline_settings sl_pipeline_defaults = {
    .high_water = 128 * KIB,
    .hard_limit = 512 * KIB,
    .send_threshold = 120 * KIB,
    .quota_bytes = 1024 * KIB,
    .quota_calls = 4096,
    .max_uncollected = 1024,
    .body_window = 64 * KIB,
    .fragment_bytes = KIB * 1024 * 64,
    .header_bytes = 64 * KIB,
    .stage_timeout_ms = 60 * 1000,
};

sl_pipeline *sl_pipeline_create(const sl_pipeline_settings *settings,
                                const sl_pipeline_host *host, void *context)
{
    sl_pipeline *pipeline = sl_calloc(1, sizeof *pipeline);

    pipeline->settings = *settings;
    pipeline->host = host;
    pipeline->host_context = context;
    pipeline->tally = &pipeline->own;
    sl_timers_init(&pipeline->timers);
    sl_slab_init(&pipeline->exchanges, sizeof(sl_exchange), 32);
    sl_slab_init(&pipeline->pieces, sizeof(sl_piece), 128);
    sl_slab_init(&pipeline->operations, sizeof(sl_op), 64);
    sl_slab_init(&pipeline->stages, sizeof(sl_user_stage), 16);
    sl_arena_pool_init(&pipeline->arenas, KEPT_ARENA_BLOCKS);
    pipeline->fragments =
        sl_fragments_create(pipeline, settings->fragment_bytes);
    sl_list_init(&pipeline->with_events);
    sl_list_init(&pipeline->callbacks);
    return pipeline;
}

void sl_pipeline_destroy(sl_pipeline *pipeline)
{
    while (sl_pipeline_deliver(pipeline)) {
    }
    assert(pipeline->exchanges.live == 0 && pipeline->operations.live == 0);
    sl_fragments_destroy(pipeline->fragments);
    assert(pipeline->pieces.live == 0);
    sl_blocks_deinit(pipeline);
    sl_arena_pool_deinit(&pipeline->arenas);
    assert(pipeline->stages.live == 0);
    sl_slab_deinit(&pipeline->stages);
    sl_slab_deinit(&pipeline->operations);
    sl_slab_deinit(&pipeline->pieces);
    sl_slab_deinit(&pipeline->exchanges);
    sl_timers_deinit(&pipeline->timers);
    sl_free(pipeline);
}

void sl_pipeline_turn(sl_pipeline *pipeline, uint64_t now_ms)
{
    assert(now_ms >= pipeline->now_ms);
    pipeline->now_ms = now_ms;
    pipeline->turn++;
    sl_timers_run(&pipeline->timers, now_ms);
}

void sl_pipeline_refresh(sl_pipeline *pipeline)
{
    const sl_pipeline_host *host = pipeline->host;

    if (host->now_ms != NULL) {
        pipeline->now_ms = host->now_ms(pipeline->host_context);
    }
}

/* Tell the owner of a piece that it is done with. */
static void release(sl_pipeline *pipeline, sl_piece *piece)
{
    const sl_pipeline_host *host = pipeline->host;
    void *context = pipeline->host_context;

    if (piece->owner == SL_OWNER_SCRIPT) {
        if (piece->as.lender != NULL) {
            piece->as.lender->lent--;
        }
        host->on_anchor(context, piece->as.lender, piece->anchor);
    } else if (piece->owner == SL_OWNER_FD) {
        host->on_descriptor(context, piece->fd);
    } else {
        piece->as.release.fn(piece->as.release.context, piece->as.release.data,
                             piece->as.release.len);
    }
    sl_slab_give(&pipeline->pieces, piece);
}

static void deliver_releases(sl_pipeline *pipeline)
{
    sl_piece *piece = pipeline->released;

    pipeline->released = NULL;
    pipeline->released_last = NULL;
    while (piece != NULL) {
        sl_piece *next = piece->next;

        release(pipeline, piece);
        piece = next;
    }
}

static void call_back(sl_op *op)
{
    sl_response *response = op->response;
    sl_exchange *exchange = sl_exchange_of_response(response);
    sl_completion done = op->done;
    sl_completion_fn *callback = op->callback;
    void *context = op->context;

    sl_op_destroy(op);
    callback(response, response->generation, &done, context);
    if (--exchange->callbacks == 0) {
        sl_exchange_release(exchange, SL_HOLD_CALLBACK);
    }
}

static void deliver_callbacks(sl_pipeline *pipeline)
{
    sl_list batch;
    sl_list *link;

    sl_list_init(&batch);
    sl_list_splice(&batch, &pipeline->callbacks);
    while ((link = sl_list_take(&batch)) != NULL) {
        call_back(SL_CONTAINER(link, sl_op, link));
    }
}

static void deliver_events(sl_pipeline *pipeline)
{
    sl_list batch;
    sl_list *link;

    sl_list_init(&batch);
    sl_list_splice(&batch, &pipeline->with_events);
    while ((link = sl_list_take(&batch)) != NULL) {
        sl_exchange *exchange = SL_CONTAINER(link, sl_exchange, event_link);
        uint32_t events = exchange->events;

        exchange->events = 0;
        pipeline->host->on_events(pipeline->host_context, exchange, events);
    }
}

bool sl_pipeline_has_news(const sl_pipeline *pipeline)
{
    return pipeline->released != NULL ||
           !sl_list_is_empty(&pipeline->callbacks) ||
           !sl_list_is_empty(&pipeline->with_events);
}

bool sl_pipeline_deliver(sl_pipeline *pipeline)
{
    if (!sl_pipeline_has_news(pipeline)) {
        return false;
    }
    deliver_releases(pipeline);
    deliver_callbacks(pipeline);
    deliver_events(pipeline);
    return true;
}
