/* The chunks of one random call, and what the model expects of them. */
#include <string.h>

#include "world.h"

enum { SCRATCH_BYTES = 1 << 16, LONG_CHUNK = 3000 };

static const char *const fragment_names[FRAGMENTS] = {"a", "bb", "ccc", "d"};

static const sl_field_spec trailer_fields[MAX_FIELDS] = {
    {{"X-Checksum", 10}, {"12", 2}},
    {{"X-Other", 7}, {"", 0}},
};

/* A range of the pool: where it starts, for a chunk of `len` bytes. */
static uint32_t place(draft *d, uint32_t len)
{
    return rng_below(&d->world->random, POOL_BYTES - len);
}

static void add_bytes(draft *d, model *m, uint32_t start, uint32_t len,
                      bool in_memory)
{
    loan *lent = d->lent[d->count];

    model_add_bytes(m, start, len, in_memory, lent);
    d->bytes += len;
}

static void add_memory(draft *d, model *m, uint32_t len)
{
    sl_chunk *chunk = &d->chunks[d->count];
    uint32_t start = place(d, len);

    if (d->scratch_used + len > SCRATCH_BYTES) {
        len = 0;
    }
    chunk->kind = SL_CHUNK_MEMORY;
    chunk->data = d->scratch + d->scratch_used;
    chunk->len = len;
    memcpy(d->scratch + d->scratch_used, d->world->pool + start, len);
    d->scratch_used += len;
    add_bytes(d, m, start, len, true);
}

static void add_borrowed(draft *d, model *m, uint32_t len, loan_kind kind)
{
    world *w = d->world;
    sl_chunk *chunk = &d->chunks[d->count];
    uint32_t start = place(d, len);
    loan *lent = loans_lend(&w->loans, kind, w->pool + start, len);

    chunk->kind = SL_CHUNK_BORROWED;
    chunk->data = lent->data;
    chunk->len = len;
    chunk->anchor = lent->anchor;
    if (kind == LOAN_MEMORY) {
        chunk->release = loans_return_memory;
        chunk->context = lent;
    }
    d->lent[d->count] = lent;
    add_bytes(d, m, start, len, true);
}

static void add_file(draft *d, model *m, uint32_t len)
{
    world *w = d->world;
    sl_chunk *chunk = &d->chunks[d->count];
    bool to_end = rng_one_in(&w->random, 4);
    uint32_t start = to_end ? POOL_BYTES - len : place(d, len);
    loan *lent = loans_lend_fd(&w->loans, w->file);

    chunk->kind = SL_CHUNK_FILE;
    chunk->fd = lent->fd;
    chunk->offset = start;
    chunk->extent = to_end ? SL_TO_END : len;
    lent->len = len;
    d->lent[d->count] = lent;
    add_bytes(d, m, start, len, false);
}

static void add_fragment(draft *d, model *m)
{
    world *w = d->world;
    sl_chunk *chunk = &d->chunks[d->count];
    uint32_t which = rng_below(&w->random, FRAGMENTS);
    uint32_t len = w->fragment_len[which];
    uint32_t offset = 0;

    chunk->kind = SL_CHUNK_FRAGMENT;
    chunk->data = fragment_names[which];
    chunk->len = strlen(fragment_names[which]);
    chunk->extent = SL_TO_END;
    if (len == UINT32_MAX) {
        d->refusals |= STATUS_BIT(SL_ENOTFOUND);
        return;
    }
    if (rng_one_in(&w->random, 2)) {
        offset = rng_below(&w->random, len + 1);
        len = rng_below(&w->random, len - offset + 1);
        chunk->offset = offset;
        chunk->extent = len;
    }
    add_bytes(d, m, w->fragment_start[which] + offset, len, true);
}

static void add_trailers(draft *d, subject *s)
{
    sl_chunk *chunk = &d->chunks[d->count];
    model *m = &s->model;

    chunk->kind = SL_CHUNK_TRAILERS;
    chunk->fields = trailer_fields;
    chunk->nfields = rng_below(&d->world->random, MAX_FIELDS) + 1;
    if (s->response->trailers_ok) {
        m->ntrailers += chunk->nfields;
    } else {
        d->ndropped += chunk->nfields;
    }
    if (m->declared >= 0) {
        d->refusals |= STATUS_BIT(SL_EINVAL);
    }
}

/* Something that breaks the contract of a chunk. */
static void add_wrong(draft *d)
{
    static const sl_field_spec split = {{"a", 1}, {"b\r\nc: d", 7}};
    static const sl_field_spec framing = {{"Content-Length", 14}, {"1", 1}};
    sl_chunk *chunk = &d->chunks[d->count];

    d->refusals |= STATUS_BIT(SL_EINVAL);
    switch (rng_below(&d->world->random, 5)) {
    case 0:
        chunk->kind = 99;
        break;
    case 1:
        *chunk = (sl_chunk){.kind = SL_CHUNK_FILE, .fd = -1, .extent = 5};
        break;
    case 2:
        *chunk = (sl_chunk){
            .kind = SL_CHUNK_TRAILERS, .fields = &split, .nfields = 1};
        break;
    case 3:
        *chunk = (sl_chunk){
            .kind = SL_CHUNK_TRAILERS, .fields = &framing, .nfields = 1};
        break;
    default:
        *chunk = (sl_chunk){.kind = SL_CHUNK_MEMORY, .len = 3};
        break;
    }
}

static void add_one(draft *d, subject *s, uint32_t limit)
{
    rng *random = &d->world->random;
    uint32_t len = rng_size(random, limit);

    d->chunks[d->count] = (sl_chunk){.fd = -1};
    d->lent[d->count] = NULL;
    switch (rng_below(random, 16)) {
    case 0:
        add_file(d, &s->model, len);
        break;
    case 1:
    case 2:
        add_fragment(d, &s->model);
        break;
    case 3:
    case 4:
    case 5:
        add_borrowed(d, &s->model, len, LOAN_MEMORY);
        break;
    case 6:
    case 7:
    case 8:
        add_borrowed(d, &s->model, len, LOAN_ANCHOR);
        break;
    default:
        add_memory(d, &s->model, len);
        break;
    }
    d->count++;
}

/* Rarely something that is not a body byte. */
static void add_rare(draft *d, subject *s)
{
    rng *random = &d->world->random;
    bool wrong = rng_one_in(random, 60);

    if (!wrong && !rng_one_in(random, 20)) {
        return;
    }
    d->chunks[d->count] = (sl_chunk){.fd = -1};
    d->lent[d->count] = NULL;
    if (wrong) {
        add_wrong(d);
    } else {
        add_trailers(d, s);
    }
    d->count++;
}

void draft_fill(draft *d, subject *s)
{
    static char scratch[SCRATCH_BYTES];
    world *w = s->world;
    uint32_t count = rng_below(&w->random, 4);
    uint32_t limit = LONG_CHUNK;

    d->world = w;
    d->count = 0;
    d->ndropped = 0;
    d->bytes = 0;
    d->refusals = 0;
    d->scratch = scratch;
    d->scratch_used = 0;
    if (rng_one_in(&w->random, 100)) {
        count = MAX_CHUNKS - 4; /* more than go into one batch */
        limit = 20;
    }
    while (count-- > 0) {
        add_one(d, s, limit);
    }
    add_rare(d, s);
}

void draft_close(draft *d, bool taken)
{
    memset(d->scratch, 0xdd, d->scratch_used);
    for (uint32_t i = 0; i < d->count; i++) {
        loan *lent = d->lent[i];

        if (lent == NULL) {
            continue;
        }
        if (!taken) {
            loan_withdraw(lent);
        } else if (lent->use == LOAN_OFFERED) {
            lent->use = lent->len > 0 ? LOAN_IN_USE : LOAN_OVER;
        }
    }
}
