/* What a server takes of the heap: nothing for a request once it is warm, and
 * little for a connection that waits.
 */
#include <malloc.h>

#include "base/memory.h"

#include "talk.h"

/* --- The allocator, counted (the linker takes these functions) ------------- */

static size_t allocations; /* so far */
static size_t live;        /* bytes, with the overhead of malloc */

static void *counted(void *memory)
{
    CHECK(memory != NULL);
    allocations++;
    live += malloc_usable_size(memory) + sizeof(size_t);
    return memory;
}

void sl_free(void *memory)
{
    if (memory != NULL) {
        live -= malloc_usable_size(memory) + sizeof(size_t);
        free(memory);
    }
}

void *sl_malloc(size_t size)
{
    return counted(malloc(size));
}

void *sl_try_malloc(size_t size)
{
    return counted(malloc(size));
}

void *sl_calloc(size_t count, size_t size)
{
    return counted(calloc(count, size));
}

void *sl_realloc(void *memory, size_t size)
{
    if (memory != NULL) {
        live -= malloc_usable_size(memory) + sizeof(size_t);
    }
    return counted(realloc(memory, size));
}

char *sl_strdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(sl_malloc(size), text, size);
}

/* --- Requests --------------------------------------------------------------- */

#define GET(path) "GET " path " HTTP/1.1\r\nHost: example.com\r\n\r\n"

static void ask(talk *t, const char *request)
{
    size_t before = t->len;

    talk_say(t, request);
    CHECK(t->len > before); /* there was an answer */
    CHECK(sl_session_is_idle(t->session));
    t->len = before;
}

/* Of a browser: what it says does not fit into one small block. */
static const char long_request[] =
    "GET /hello?a=b HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/120.0.0.0 Safari/537.36\r\nAccept: text/html,"
    "application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;"
    "q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,"
    "en;q=0.9,de;q=0.8\r\nCookie: session=0123456789abcdef0123456789abcdef; "
    "theme=dark\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n\r\n";

static void a_warm_server_allocates_nothing_for_a_request(void **state)
{
    static const char *const requests[] = {
        GET("/hello"), GET("/empty"),    GET("/stream"),   GET("/204"),
        GET("/file"),  GET("/declared"), GET("/trailers"), long_request,
    };
    talk t;

    talk_open(&t);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        size_t before;

        ask(&t, requests[i]);
        ask(&t, requests[i]);
        before = allocations;
        for (int n = 0; n < 100; n++) {
            ask(&t, requests[i]);
        }
        CHECK(allocations == before);
    }
    talk_close(&t);
}

static void a_request_that_arrives_in_parts_leaves_nothing_behind(void **state)
{
    size_t half = sizeof long_request / 2;
    size_t before;
    talk t;

    talk_open(&t);
    ask(&t, long_request);
    before = live;
    for (int n = 0; n < 100; n++) {
        talk_receive(&t, long_request, half);
        ask(&t, long_request + half);
    }
    CHECK(live == before);
    talk_close(&t);
}

/* --- Connections that wait ----------------------------------------------------- */

enum { SESSIONS = 100 };

static void an_idle_session_takes_a_fifth_of_a_kibibyte(void **state)
{
    sl_session *sessions[SESSIONS];
    sl_session *first;
    size_t before;
    talk t;

    talk_open(&t);
    ask(&t, GET("/hello"));
    first = t.session;
    before = live;
    for (int i = 0; i < SESSIONS; i++) {
        sessions[i] = sl_session_create(&t.env, talk_output(), &t, "client:1");
        t.session = sessions[i];
        ask(&t, GET("/hello"));
    }
    CHECK((live - before) / SESSIONS <= 208);
    for (int i = 0; i < SESSIONS; i++) {
        sl_session_destroy(sessions[i]);
    }
    CHECK(live <= before);
    t.session = first;
    talk_close(&t);
}

/* Of sessions whose answers have begun, and wait for their handlers. */
static size_t bytes_of_streams(talk *t, const char *request,
                               void (*use)(sl_exchange *exchange))
{
    sl_session *sessions[SESSIONS];
    sl_exchange *streams[SESSIONS];
    sl_session *first = t->session;
    size_t before = live;
    size_t taken;

    for (int i = 0; i < SESSIONS; i++) {
        sessions[i] = sl_session_create(&t->env, talk_output(), t, "client:1");
        t->session = sessions[i];
        talk_say(t, request);
        streams[i] = t->waiting;
        talk_write(streams[i], "data: an event\n\n", SL_MORE_DATA);
        use(streams[i]);
        talk_turn(t);
        CHECK(streams[i]->response.is_stream);
        CHECK(sl_queue_is_empty(&streams[i]->response.wire));
        t->len = 0;
    }
    taken = live - before;
    for (int i = 0; i < SESSIONS; i++) {
        t->session = sessions[i];
        talk_over(streams[i]);
        talk_turn(t);
        t->len = 0;
        sl_session_destroy(sessions[i]);
    }
    t->waiting = NULL;
    t->session = first;
    return taken / SESSIONS;
}

static void use_nothing(sl_exchange *exchange)
{
}

/* Trailers, words of its own for the head, and where the client called. */
static void use_all(sl_exchange *exchange)
{
    sl_response *response = &exchange->response;
    sl_span text;

    CHECK(sl_response_set_status(response, response->generation, 200, "Fine",
                                 4) == SL_OK);
    talk_trailers(exchange);
    CHECK(sl_request_part(&exchange->request, exchange->request.generation,
                          SL_PART_LOCAL, &text) == SL_OK);
    CHECK(sl_request_inflow(&exchange->request) != NULL);
}

/* Session, exchange, and the first block of its arena. */
static void a_stream_that_waits_takes_one_small_block(void **state)
{
    talk t;

    talk_open(&t);
    ask(&t, GET("/stream"));
    CHECK(bytes_of_streams(&t, GET("/wait"), use_nothing) <= 1344);
    talk_close(&t);
}

/* What few streams need is in the second block. */
static void a_stream_that_uses_all_there_is_takes_another_one(void **state)
{
    talk t;

    talk_open(&t);
    ask(&t, GET("/stream"));
    CHECK(bytes_of_streams(&t, GET("/wait"), use_all) <= 1344 + 512);
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_server_allocates_nothing_for_a_request),
        cmocka_unit_test(a_request_that_arrives_in_parts_leaves_nothing_behind),
        cmocka_unit_test(an_idle_session_takes_a_fifth_of_a_kibibyte),
        cmocka_unit_test(a_stream_that_waits_takes_one_small_block),
        cmocka_unit_test(a_stream_that_uses_all_there_is_takes_another_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
