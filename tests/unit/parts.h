/* A parser and what it was told: one line for each head, body and end, or the
 * status of the refusal. parts_check feeds a conversation whole, split at
 * every point, and byte by byte, which must all give the same. */
#ifndef SLUICE_TESTS_PARTS_H
#define SLUICE_TESTS_PARTS_H

#include "http/parser.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

static const sl_parser_limits parts_limits = {
    .request_line_bytes = 64,
    .header_bytes = 128,
    .header_count = 4,
};

typedef struct parts {
    sl_arena_pool pool;
    sl_arena arena;
    sl_fields trailers;
    sl_parser *parser;
    char text[4096];
    size_t len;
    bool in_data;
} parts;

static inline void parts_setup(parts *rec)
{
    memset(rec, 0, sizeof *rec);
    sl_arena_pool_init(&rec->pool, 16);
    sl_arena_init(&rec->arena, &rec->pool);
    sl_fields_init(&rec->trailers, &rec->arena);
    rec->parser = sl_parser_create(&rec->pool, &parts_limits);
}

static inline void parts_teardown(parts *rec)
{
    sl_parser_destroy(rec->parser);
    sl_arena_reset(&rec->arena);
    sl_arena_pool_deinit(&rec->pool);
}

static inline void parts_put(parts *rec, sl_span text)
{
    CHECK(rec->len + text.len < sizeof rec->text);
    memcpy(rec->text + rec->len, text.data, text.len);
    rec->len += text.len;
    rec->text[rec->len] = '\0';
}

static inline void parts_say(parts *rec, const char *text)
{
    parts_put(rec, (sl_span){text, strlen(text)});
}

static inline void parts_put_head(parts *rec)
{
    const sl_request_head *head = sl_parser_head(rec->parser);
    char numbers[64];

    parts_put(rec, head->method);
    parts_say(rec, " ");
    parts_put(rec, head->path);
    if (head->query.data != NULL) {
        parts_say(rec, "?");
        parts_put(rec, head->query);
    }
    (void)snprintf(numbers, sizeof numbers, " %d %d", head->version,
                   (int)head->body_bytes);
    parts_say(rec, numbers);
    parts_say(rec, head->keep_alive ? " keep" : " close");
    parts_say(rec, head->expects_continue ? " expect" : "");
    if (head->host.data != NULL) {
        parts_say(rec, " @");
        parts_put(rec, head->host);
    }
    for (uint32_t i = 0; i < head->fields.count; i++) {
        if (sl_field_is(head->fields.items[i].name, "X", 1)) {
            parts_say(rec, " X=");
            parts_put(rec, head->fields.items[i].value);
        }
    }
    parts_say(rec, "\n");
    sl_fields_clear(&rec->trailers);
    sl_parser_set_trailers(rec->parser, &rec->trailers);
}

static inline void parts_put_end(parts *rec)
{
    for (uint32_t i = 0; i < rec->trailers.count; i++) {
        parts_say(rec, rec->in_data ? "\n" : "");
        rec->in_data = false;
        parts_put(rec, rec->trailers.items[i].name);
        parts_say(rec, ": ");
        parts_put(rec, rec->trailers.items[i].value);
        parts_say(rec, "\n");
    }
    parts_say(rec, rec->in_data ? "\nend\n" : "end\n");
    rec->in_data = false;
}

/* False when the parser refused. */
static inline bool parts_feed(parts *rec, const char *data, size_t len)
{
    sl_parser_event event;
    char status[8];

    do {
        size_t taken = sl_parser_feed(rec->parser, data, len, &event);

        CHECK(taken <= len);
        data += taken;
        len -= taken;
        switch (event) {
        case SL_PARSER_HEAD:
            parts_put_head(rec);
            break;
        case SL_PARSER_DATA:
            parts_put(rec, sl_parser_data(rec->parser));
            rec->in_data = true;
            break;
        case SL_PARSER_END:
            parts_put_end(rec);
            break;
        case SL_PARSER_REFUSED:
            (void)snprintf(status, sizeof status, "%d",
                           sl_parser_refusal(rec->parser).status);
            parts_say(rec, rec->in_data ? "\n" : "");
            parts_say(rec, status);
            CHECK(sl_parser_refusal(rec->parser).reason != NULL);
            return false;
        case SL_PARSER_MORE:
            CHECK(len == 0);
            break;
        }
    } while (event != SL_PARSER_MORE);
    return true;
}

/* `input` of `len` bytes, cut at `cut`, or byte by byte when it is 0. */
static inline void parts_check_cut(const char *input, size_t len, size_t cut,
                                   const char *expected)
{
    parts rec;
    bool fine = true;

    parts_setup(&rec);
    if (cut > 0) {
        /* Copies, so that a sanitizer sees a read past a part's end. */
        char *first = test_malloc(cut);
        char *second = test_malloc(len - cut + 1);

        memcpy(first, input, cut);
        memcpy(second, input + cut, len - cut);
        fine = parts_feed(&rec, first, cut);
        memset(first, '~', cut);
        if (fine) {
            (void)parts_feed(&rec, second, len - cut);
        }
        test_free(first);
        test_free(second);
    } else {
        for (size_t i = 0; fine && i < len; i++) {
            fine = parts_feed(&rec, input + i, 1);
        }
    }
    if (strcmp(rec.text, expected) != 0) {
        print_error("input: %.*s\ncut at %zu: %s\nexpected: %s\n", (int)len,
                    input, cut, rec.text, expected);
    }
    CHECK(strcmp(rec.text, expected) == 0);
    parts_teardown(&rec);
}

static inline void parts_check_bytes(const char *input, size_t len,
                                     const char *expected)
{
    for (size_t cut = 0; cut <= len; cut++) {
        parts_check_cut(input, len, cut, expected);
    }
}

static inline void parts_check(const char *input, const char *expected)
{
    parts_check_bytes(input, strlen(input), expected);
}

#define H "\r\nHost: h\r\n"
#define POST "POST / HTTP/1.1" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define TAKEN "POST / 11 -1 keep @h\n"

#endif
