/* One link of a chunk queue: bytes, a file range, a mark, or the end.
 *
 * A mark is the end of an operation. It travels through stages and framing
 * like a byte of length zero, and the operation completes when everything in
 * front of it was taken by the kernel. The end is where the last chunk and
 * the trailers go; it stands in front of the mark of the operation that wrote
 * the last data.
 */
#ifndef SLUICE_PIPELINE_PIECE_H
#define SLUICE_PIPELINE_PIECE_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/chunk.h>

typedef struct sl_pipeline sl_pipeline;
typedef struct sl_block sl_block;
typedef struct sl_fragment sl_fragment;

typedef enum sl_piece_kind {
    SL_PIECE_DATA, /* `len` bytes at `data` */
    SL_PIECE_FILE, /* `len` bytes of `fd` from `offset` */
    SL_PIECE_MARK, /* the end of an operation, or of a run of sync writes */
    SL_PIECE_END,  /* nothing of the body follows */
    SL_PIECE_OWNER /* what a part that stands in front was split off, and was then
                      dropped: its owner is told when that part has left */
} sl_piece_kind;

/* What the bytes of a piece count as; entity bytes first. */
typedef enum sl_piece_role {
    SL_ROLE_BODY,       /* entity bytes, sent */
    SL_ROLE_SUPPRESSED, /* entity bytes that HEAD, 204 or 304 do not send */
    SL_ROLE_FRAMING,    /* head, chunk lines, terminator, trailers */
    SL_ROLE_INTERIM     /* a 1xx response: counts to no operation */
} sl_piece_role;

/* Who is told when the piece is done with. */
typedef enum sl_piece_owner {
    SL_OWNER_NONE,     /* nobody: the bytes live long enough by themselves */
    SL_OWNER_BLOCK,    /* a counted block of copied bytes */
    SL_OWNER_FRAGMENT, /* a counted fragment */
    SL_OWNER_SCRIPT,   /* an anchor slot of the script */
    SL_OWNER_CALLER,   /* a release callback */
    SL_OWNER_FD        /* a descriptor that was handed over */
} sl_piece_owner;

/* Who lends bytes by anchors: one VM of Lua. Given back is to it. */
typedef struct sl_lender {
    void *owner;   /* the host's own */
    uint32_t lent; /* anchors that are not given back */
} sl_lender;

typedef struct sl_piece {
    struct sl_piece *next; /* first: a free piece's link in its slab */
    uint8_t kind;
    uint8_t role;
    uint8_t owner;
    bool is_rest;     /* parts of it were split off */
    uint32_t anchor;  /* SL_OWNER_SCRIPT */
    const char *data; /* DATA: what is left of it */
    uint64_t offset;  /* FILE: where what is left of it starts */
    uint64_t len;     /* bytes left */
    int fd;           /* FILE */
    union {
        sl_block *block;
        sl_fragment *fragment;
        sl_lender *lender; /* SL_OWNER_SCRIPT */
        struct sl_op *op;  /* MARK; NULL: the end of a run of sync writes */
        struct {
            sl_release_fn *fn;
            void *context;
            const char *data;
            size_t len;
        } release;
        char text[32]; /* short framing lives in the piece itself */
    } as;
} sl_piece;

/* A piece of that kind and role, owned by the caller until it is pushed onto
 * a queue. */
sl_piece *sl_piece_create(sl_pipeline *pipeline, sl_piece_kind kind,
                          sl_piece_role role);

/* Be done with a piece. What the owner is told, it is told from the loop. */
void sl_piece_destroy(sl_pipeline *pipeline, sl_piece *piece);

/* A DATA piece whose `len` bytes (at most sizeof as.text) are kept in it. */
sl_piece *sl_piece_create_text(sl_pipeline *pipeline, sl_piece_role role,
                               const char *text, size_t len);

/* Split the first `len` bytes off a DATA or FILE piece. The rest, which may be empty,
 * keeps the owner, so it must leave after the part that is returned. */
sl_piece *sl_piece_split(sl_pipeline *pipeline, sl_piece *piece, uint64_t len);

/* Does a part that was split off it need it to stay? Blocks and fragments are
 * counted; other owners are told once. */
static inline bool sl_piece_is_needed(const sl_piece *piece)
{
    return piece->is_rest &&
           (piece->owner == SL_OWNER_SCRIPT ||
            piece->owner == SL_OWNER_CALLER || piece->owner == SL_OWNER_FD);
}

static inline bool sl_piece_has_bytes(const sl_piece *piece)
{
    return piece->kind == SL_PIECE_DATA || piece->kind == SL_PIECE_FILE;
}

#endif
