#include "pipeline/piece.h"

#include <assert.h>
#include <string.h>

#include "pipeline/block.h"
#include "pipeline/fragment.h"
#include "pipeline/pipeline.h"

sl_piece *sl_piece_create(sl_pipeline *pipeline, sl_piece_kind kind,
                          sl_piece_role role)
{
    sl_piece *piece = sl_slab_take(&pipeline->pieces);

    piece->next = NULL;
    piece->kind = (uint8_t)kind;
    piece->role = (uint8_t)role;
    piece->owner = SL_OWNER_NONE;
    piece->is_rest = false;
    piece->anchor = 0;
    piece->data = NULL;
    piece->offset = 0;
    piece->len = 0;
    piece->fd = -1;
    piece->as.op = NULL;
    return piece;
}

sl_piece *sl_piece_create_text(sl_pipeline *pipeline, sl_piece_role role,
                               const char *text, size_t len)
{
    sl_piece *piece = sl_piece_create(pipeline, SL_PIECE_DATA, role);

    assert(len <= sizeof piece->as.text);
    memcpy(piece->as.text, text, len);
    piece->data = piece->as.text;
    piece->len = len;
    return piece;
}

/* Keep the piece until the host's next delivery. */
static void release_later(sl_pipeline *pipeline, sl_piece *piece)
{
    piece->next = NULL;
    if (pipeline->released_last != NULL) {
        pipeline->released_last->next = piece;
    } else {
        pipeline->released = piece;
    }
    pipeline->released_last = piece;
}

void sl_piece_destroy(sl_pipeline *pipeline, sl_piece *piece)
{
    switch ((sl_piece_owner)piece->owner) {
    case SL_OWNER_SCRIPT:
    case SL_OWNER_CALLER:
    case SL_OWNER_FD:
        release_later(pipeline, piece);
        return;
    case SL_OWNER_BLOCK:
        sl_block_unref(pipeline, piece->as.block);
        break;
    case SL_OWNER_FRAGMENT:
        sl_fragment_unref(piece->as.fragment);
        break;
    case SL_OWNER_NONE:
        break;
    }
    sl_slab_give(&pipeline->pieces, piece);
}

sl_piece *sl_piece_split(sl_pipeline *pipeline, sl_piece *piece, uint64_t len)
{
    sl_piece *front = sl_piece_create(pipeline, (sl_piece_kind)piece->kind,
                                      (sl_piece_role)piece->role);

    assert(sl_piece_has_bytes(piece) && len <= piece->len);
    front->data = piece->data;
    front->offset = piece->offset;
    front->fd = piece->fd;
    front->len = len;
    if (piece->owner == SL_OWNER_BLOCK) {
        front->owner = SL_OWNER_BLOCK;
        front->as.block = sl_block_ref(piece->as.block);
    } else if (piece->owner == SL_OWNER_FRAGMENT) {
        front->owner = SL_OWNER_FRAGMENT;
        front->as.fragment = sl_fragment_ref(piece->as.fragment);
    } else if (piece->data == piece->as.text) {
        memcpy(front->as.text, piece->as.text, sizeof front->as.text);
        front->data = front->as.text;
    }
    if (piece->kind == SL_PIECE_DATA) {
        piece->data += len;
    } else {
        piece->offset += len;
    }
    piece->len -= len;
    piece->is_rest = true;
    return front;
}
