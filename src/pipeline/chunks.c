#include "pipeline/fragment.h"
#include "pipeline/response.h"

static const double max_exact = 9007199254740992.0; /* 2^53 */

static bool is_count(double value)
{
    return value >= 0 && value <= max_exact && value == (double)(uint64_t)value;
}

/* Resolve offset and extent within `size` bytes; false: outside of them. */
static bool resolve(const sl_chunk *chunk, uint64_t size, uint64_t *len)
{
    uint64_t offset;

    if (!is_count(chunk->offset) || chunk->offset > (double)size) {
        return false;
    }
    offset = (uint64_t)chunk->offset;
    if (chunk->extent == SL_TO_END) {
        *len = size - offset;
        return true;
    }
    if (!is_count(chunk->extent) || chunk->extent > (double)(size - offset)) {
        return false;
    }
    *len = (uint64_t)chunk->extent;
    return true;
}

static sl_status file_len(sl_pipeline *pipeline, const sl_chunk *chunk,
                          uint64_t *len)
{
    int64_t size = INT64_C(1) << 53;

    if (chunk->fd < 0) {
        return SL_EINVAL;
    }
    /* A range that was measured when it was made is taken at its word. */
    if (chunk->extent == SL_TO_END) {
        size =
            pipeline->host->file_size == NULL
                ? -1
                : pipeline->host->file_size(pipeline->host_context, chunk->fd);
    }
    if (size < 0 || !resolve(chunk, (uint64_t)size, len)) {
        return SL_EINVAL;
    }
    return SL_OK;
}

static sl_status fragment_len(sl_pipeline *pipeline, const sl_chunk *chunk,
                              uint64_t *len)
{
    const sl_fragment *fragment =
        sl_fragments_lookup(pipeline->fragments, chunk->data, chunk->len);

    if (fragment == NULL) {
        return SL_ENOTFOUND;
    }
    return resolve(chunk, fragment->len, len) ? SL_OK : SL_EINVAL;
}

/* They go out with the end, so nothing makes room for more of them before. */
static sl_status check_trailers(sl_response *response, const sl_chunk *chunk,
                                sl_measure *measure)
{
    const sl_pipeline *pipeline = sl_response_pipeline(response);

    if ((response->declared >= 0 && !response->reshaped) ||
        response->shaped >= 0 ||
        (chunk->nfields > 0 && chunk->fields == NULL)) {
        return SL_EINVAL;
    }
    for (uint32_t i = 0; i < chunk->nfields; i++) {
        const sl_field_spec *field = &chunk->fields[i];

        if (!sl_is_token(field->name.data, field->name.len) ||
            !sl_is_field_value(field->value.data, field->value.len) ||
            sl_head_owns(field->name)) {
            return SL_EINVAL;
        }
        measure->trailer_bytes += field->name.len + field->value.len;
    }
    return sl_response_trailers(response)->bytes + measure->trailer_bytes >
                   pipeline->settings.header_bytes
               ? SL_ETOOBIG
               : SL_OK;
}

static sl_status measure_one(sl_response *response, const sl_chunk *chunk,
                             sl_measure *measure, uint64_t *len)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    *len = 0;
    switch (chunk->kind) {
    case SL_CHUNK_MEMORY:
    case SL_CHUNK_BORROWED:
        *len = chunk->len;
        return chunk->len > 0 && chunk->data == NULL ? SL_EINVAL : SL_OK;
    case SL_CHUNK_FILE:
        return file_len(pipeline, chunk, len);
    case SL_CHUNK_FRAGMENT:
        return fragment_len(pipeline, chunk, len);
    case SL_CHUNK_TRAILERS:
        return check_trailers(response, chunk, measure);
    default:
        return SL_EINVAL;
    }
}

sl_status sl_chunks_measure(sl_response *response, const sl_chunk *chunks,
                            size_t nchunks, sl_measure *measure)
{
    *measure = (sl_measure){0};
    if (nchunks > 0 && chunks == NULL) {
        return SL_EINVAL;
    }
    for (size_t i = 0; i < nchunks; i++) {
        uint64_t len;
        sl_status rc = measure_one(response, &chunks[i], measure, &len);

        if (rc < 0) {
            return rc;
        }
        measure->bytes += len;
    }
    return SL_OK;
}

/* A piece without bytes is done with at once: nothing waits for it. */
static void push(sl_pipeline *pipeline, sl_queue *queue, sl_piece *piece)
{
    if (piece->len > 0) {
        sl_queue_push(queue, piece);
    } else {
        sl_piece_destroy(pipeline, piece);
    }
}

static void take_borrowed(sl_pipeline *pipeline, sl_queue *queue,
                          const sl_chunk *chunk)
{
    sl_piece *piece = sl_piece_create(pipeline, SL_PIECE_DATA, SL_ROLE_BODY);

    piece->data = chunk->data;
    piece->len = chunk->len;
    if (chunk->release != NULL) {
        piece->owner = SL_OWNER_CALLER;
        piece->as.release.fn = chunk->release;
        piece->as.release.context = chunk->context;
        piece->as.release.data = chunk->data;
        piece->as.release.len = chunk->len;
    } else if (chunk->anchor != 0) {
        piece->owner = SL_OWNER_SCRIPT;
        piece->anchor = chunk->anchor;
        piece->as.lender = pipeline->lender;
        if (pipeline->lender != NULL) {
            pipeline->lender->lent++;
        }
    }
    push(pipeline, queue, piece);
}

static void take_file(sl_pipeline *pipeline, sl_queue *queue,
                      const sl_chunk *chunk)
{
    sl_piece *piece = sl_piece_create(pipeline, SL_PIECE_FILE, SL_ROLE_BODY);

    piece->owner = SL_OWNER_FD;
    piece->fd = chunk->fd;
    piece->offset = (uint64_t)chunk->offset;
    (void)file_len(pipeline, chunk, &piece->len);
    push(pipeline, queue, piece);
}

static void take_fragment(sl_pipeline *pipeline, sl_queue *queue,
                          const sl_chunk *chunk)
{
    sl_fragment *fragment =
        sl_fragments_lookup(pipeline->fragments, chunk->data, chunk->len);
    sl_piece *piece = sl_piece_create(pipeline, SL_PIECE_DATA, SL_ROLE_BODY);

    piece->owner = SL_OWNER_FRAGMENT;
    piece->as.fragment = sl_fragment_ref(fragment);
    piece->data = fragment->data + (size_t)chunk->offset;
    (void)resolve(chunk, fragment->len, &piece->len);
    push(pipeline, queue, piece);
}

static void take_trailers(sl_response *response, const sl_chunk *chunk)
{
    if (!response->trailers_ok) {
        response->dropped_trailers += chunk->nfields;
        return;
    }
    if (response->trailers == NULL) {
        sl_arena *arena = &sl_exchange_of_response(response)->arena;

        response->trailers = sl_fields_create(arena);
    }
    for (uint32_t i = 0; i < chunk->nfields; i++) {
        const sl_field_spec *field = &chunk->fields[i];

        sl_fields_add(response->trailers, field->name.data, field->name.len,
                      field->value.data, field->value.len);
    }
}

void sl_chunks_take(sl_response *response, sl_queue *queue,
                    const sl_chunk *chunks, size_t nchunks)
{
    sl_pipeline *pipeline = sl_response_pipeline(response);

    for (size_t i = 0; i < nchunks; i++) {
        switch (chunks[i].kind) {
        case SL_CHUNK_MEMORY:
            sl_queue_copy(pipeline, queue, SL_ROLE_BODY, chunks[i].data,
                          chunks[i].len);
            break;
        case SL_CHUNK_BORROWED:
            take_borrowed(pipeline, queue, &chunks[i]);
            break;
        case SL_CHUNK_FILE:
            take_file(pipeline, queue, &chunks[i]);
            break;
        case SL_CHUNK_FRAGMENT:
            take_fragment(pipeline, queue, &chunks[i]);
            break;
        default:
            take_trailers(response, &chunks[i]);
            break;
        }
    }
}
