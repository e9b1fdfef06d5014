/* What is compressed, by what, and what its head says then. */
#include <string.h>

#include "http/fields.h"
#include "stages/compress.h"
#include "stages/lists.h"

enum { FIELDS = 8 }; /* Accept-Encoding lines that are looked at */

const char sl_compress_codings[] = "zstd,br,gzip";
const char sl_compress_types[] =
    "text,application/json,application/javascript,application/xml,"
    "application/wasm,application/x-ndjson,application/yaml,"
    "application/rtf,+json,+xml,font/ttf,font/otf,image/bmp";

/* --- The response ---------------------------------------------------------------- */

static bool find(const sl_response *response, const char *name, sl_span *value)
{
    const sl_field *field =
        sl_fields_find(&response->headers, name, strlen(name), 0);

    if (field != NULL) {
        *value = field->value;
    }
    return field != NULL;
}

static sl_status set(sl_response *response, const char *name, const char *value,
                     size_t len, int replace)
{
    return sl_response_set_header(response, response->generation, name,
                                  strlen(name), value, len, replace);
}

static bool has_token(const sl_response *response, const char *name,
                      const char *token)
{
    const sl_field *field;

    for (uint32_t i = 0; (field = sl_fields_find(&response->headers, name,
                                                 strlen(name), i)) != NULL;
         i++) {
        if (sl_list_has_token(field->value, token, strlen(token))) {
            return true;
        }
    }
    return false;
}

/* A body whose length is known by now. */
static bool is_short(const sl_compress *c, const sl_response *response)
{
    if (response->finished) {
        return response->accepted_bytes < c->min_bytes &&
               (response->declared < 0 || response->declared < c->min_bytes);
    }
    return response->declared >= 0 && response->declared < c->min_bytes;
}

/* Of several parts each has its type, and together they have another. */
static bool is_type_suitable(const sl_compress *c, const sl_response *response)
{
    static const sl_span parts = {"multipart/byteranges", 20};
    sl_span type;

    return find(response, "Content-Type", &type) &&
           (sl_is_type_listed(type, c->types) ||
            (response->status == 206 && sl_is_type_listed(type, parts)));
}

/* Could the whole be compressed, if the client liked that? */
static bool is_suitable(const sl_compress *c, const sl_response *response)
{
    sl_span value;

    if (c->off || response->status == 204 || response->status == 205 ||
        find(response, "Content-Encoding", &value) ||
        has_token(response, "Cache-Control", "no-transform")) {
        return false;
    }
    if (response->status == 304) {
        return true; /* of what the 200 would be */
    }
    return !is_short(c, response) && is_type_suitable(c, response);
}

/* A part is one of the identity coding; other ranges nobody has asked us for. */
static bool is_part(const sl_response *response)
{
    sl_span value;

    return response->status == 206 || find(response, "Content-Range", &value);
}

/* --- The request ------------------------------------------------------------------ */

static sl_coding choose(const sl_compress *c, const sl_request *request)
{
    sl_span fields[FIELDS];
    size_t count = 0;
    const sl_field *field;

    while (count < FIELDS &&
           (field = sl_fields_find(&request->headers, "Accept-Encoding", 15,
                                   (uint32_t)count)) != NULL) {
        fields[count++] = field->value;
    }
    return sl_choose_coding(fields, count, c->codings);
}

/* --- The head ---------------------------------------------------------------------- */

static sl_status vary(sl_response *response)
{
    if (has_token(response, "Vary", "*") ||
        has_token(response, "Vary", "Accept-Encoding")) {
        return SL_OK;
    }
    return set(response, "Vary", "Accept-Encoding", 15, 0);
}

/* The bytes differ from those that the tag was made for (RFC 9110, 8.8.1). */
static sl_status weaken_tag(sl_response *response)
{
    char weak[1024] = "W/";
    sl_span tag;

    if (!find(response, "ETag", &tag) ||
        (tag.len >= 2 && memcmp(tag.data, "W/", 2) == 0)) {
        return SL_OK;
    }
    if (tag.len > sizeof weak - 2) {
        return sl_response_delete_header(response, response->generation, "ETag",
                                         4);
    }
    memcpy(weak + 2, tag.data, tag.len);
    return set(response, "ETag", weak, tag.len + 2, 1);
}

static sl_status say(sl_response *response, const char *name)
{
    sl_status rc = weaken_tag(response);

    if (rc == SL_OK && response->status != 304) {
        rc = set(response, "Content-Encoding", name, strlen(name), 1);
    }
    if (rc == SL_OK) { /* ranges would be of other bytes */
        rc = sl_response_delete_header(response, response->generation,
                                       "Accept-Ranges", 13);
    }
    return rc;
}

sl_status sl_compress_headers(sl_stage *stage, sl_response *response,
                              uint32_t generation, void *state)
{
    sl_compress *c = state;
    sl_exchange *exchange = sl_exchange_of_response(response);
    sl_status rc;

    if (!is_suitable(c, response)) {
        return SL_EMPTY;
    }
    rc = vary(response); /* a part, too: the whole would say so */
    if (rc < 0 || is_part(response)) {
        return rc < 0 ? rc : SL_EMPTY;
    }
    c->coding = choose(c, &exchange->request);
    if (c->coding == SL_CODINGS) {
        return SL_EMPTY;
    }
    if (!exchange->request.is_head && response->status != 304) {
        c->coder =
            sl_coders_take(&c->stages->coders, c->coding, c->levels[c->coding]);
        if (c->coder == NULL) {
            c->stages->refused++;
            return SL_EMPTY;
        }
    }
    return say(response, sl_coding_table[c->coding]->name);
}

/* --- Options ------------------------------------------------------------------------- */

static sl_span copy(sl_exchange *exchange, sl_span text, const char *otherwise)
{
    if (text.data == NULL) {
        return (sl_span){otherwise, strlen(otherwise)};
    }
    text.data = sl_arena_copy(&exchange->arena, text.data, text.len);
    return text;
}

static bool are_known(sl_span codings)
{
    sl_span name;

    while (sl_list_next(&codings, &name)) {
        if (sl_coding_of(name) == SL_CODINGS) {
            return false;
        }
    }
    return true;
}

static bool is_level(int level, sl_coding coding)
{
    return level >= 0 && level <= sl_coding_table[coding]->most;
}

static void configure(sl_compress *c, sl_exchange *exchange,
                      const sl_compress_options *o)
{
    const sl_compress_settings *s = c->stages->compress;

    c->off = o->off != 0;
    c->levels[SL_CODING_GZIP] =
        o->gzip_level > 0 ? o->gzip_level : (int)s->gzip_level;
    c->levels[SL_CODING_BROTLI] =
        o->brotli_level > 0 ? o->brotli_level : (int)s->brotli_level;
    c->levels[SL_CODING_ZSTD] =
        o->zstd_level > 0 ? o->zstd_level : (int)s->zstd_level;
    c->min_bytes = o->min_bytes != 0 ? o->min_bytes : (double)s->min_bytes;
    c->codings = copy(exchange, o->codings, s->codings);
    c->types = copy(exchange, o->types,
                    s->types[0] != '\0' ? s->types : sl_compress_types);
}

static sl_status check(const sl_response *res, uint32_t generation,
                       const sl_compress_options *options)
{
    if (res->generation != generation) {
        return SL_EGONE;
    }
    if (res->phase != SL_PHASE_HEAD || res->head_closed) {
        return SL_ECOMMITTED;
    }
    return are_known(options->codings) &&
                   is_level(options->gzip_level, SL_CODING_GZIP) &&
                   is_level(options->brotli_level, SL_CODING_BROTLI) &&
                   is_level(options->zstd_level, SL_CODING_ZSTD)
               ? SL_OK
               : SL_EINVAL;
}

sl_status sl_response_compress(sl_response *res, uint32_t generation,
                               const sl_compress_options *options)
{
    static const sl_compress_options as_set = {0};
    sl_exchange *exchange = sl_exchange_of_response(res);
    sl_compress *c;
    sl_status rc;

    options = options != NULL ? options : &as_set;
    rc = check(res, generation, options);
    if (rc < 0 || exchange->pipeline->shared_stages == NULL) {
        return rc;
    }
    c = sl_response_stage_state(res, &sl_compress_type);
    if (c == NULL && options->off) {
        return SL_OK;
    }
    if (c == NULL) {
        c = sl_arena_take(&exchange->arena, sizeof *c);
        *c = (sl_compress){.stages = exchange->pipeline->shared_stages};
        rc = sl_response_add_stage(res, generation, &sl_compress_type, c);
    }
    if (rc == SL_OK) {
        configure(c, exchange, options);
    }
    return rc;
}
