/* The server as a library: public headers only, and a client of few words. */
#include "check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include <sluice/sluice.h>

/* --- A client ------------------------------------------------------------------ */

static int dial(const char *bound)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(strrchr(bound, ':') + 1));
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static void ask(int fd, const char *path)
{
    char text[128];
    int len = snprintf(text, sizeof text,
                       "GET %s HTTP/1.1\r\nHost: a\r\nConnection: "
                       "close\r\n\r\n",
                       path);

    CHECK(send(fd, text, (size_t)len, MSG_NOSIGNAL) == len);
}

/* Add what has arrived; true at the end. */
static bool hear(int fd, char *text, size_t capacity, int flags)
{
    size_t len = strlen(text);
    ssize_t n = recv(fd, text + len, capacity - len - 1, flags);

    if (n > 0) {
        text[len + (size_t)n] = '\0';
    }
    return n == 0;
}

/* The body of a whole answer, while `loop` turns; NULL: another thread turns. */
static const char *answer_to(uv_loop_t *loop, const char *bound,
                             const char *path)
{
    static char text[4096];
    int fd = dial(bound);
    const char *body;

    text[0] = '\0';
    ask(fd, path);
    while (!hear(fd, text, sizeof text, loop != NULL ? MSG_DONTWAIT : 0)) {
        if (loop != NULL) {
            uv_run(loop, UV_RUN_NOWAIT);
        }
    }
    close(fd);
    body = strstr(text, "\r\n\r\n");
    return body != NULL ? body + 4 : "";
}

/* --- Handlers ------------------------------------------------------------------- */

static sl_status say(sl_request *request, sl_response *response,
                     uint32_t generation, void *context)
{
    const char *text = context;

    return sl_response_write(response, generation, text, strlen(text));
}

/* What a handler leaves to others: where it can go on. */
typedef struct place {
    sl_server *server;
    sl_response *response;
    uint32_t generation;
    atomic_int calls;
    atomic_int late;
    atomic_int stopped;
} place;

static sl_status keep(sl_request *request, sl_response *response,
                      uint32_t generation, void *context)
{
    place *p = context;

    p->response = response;
    p->generation = generation;
    return SL_PENDING;
}

static void on_stopped(sl_server *server, void *context)
{
    ((place *)context)->stopped++;
}

/* A server on `loop` that says `text`, and keeps what asks for /keep. */
static sl_server *serve_on(uv_loop_t *loop, const char *text, place *p,
                           char *bound)
{
    sl_server *server = sl_server_create();

    CHECK(sl_server_set(server, "log_level", "off") == SL_OK);
    CHECK(sl_server_use_loop(server, loop) == SL_OK);
    CHECK(sl_server_loop(server) == loop);
    CHECK(sl_server_handle(server, "GET", "/", say, (void *)text) == SL_OK);
    CHECK(sl_server_handle(server, "GET", "/keep", keep, p) == SL_OK);
    CHECK(sl_server_listen(server, "127.0.0.1:0", bound, 64) == SL_OK);
    sl_server_on_stopped(server, on_stopped, p);
    CHECK(sl_server_start(server) == SL_OK);
    return server;
}

/* --- Before it runs --------------------------------------------------------------- */

static bool says(const sl_server *server, const char *text)
{
    return strstr(sl_server_error(server), text) != NULL;
}

static void errors_are_told_in_words(void **state)
{
    sl_server *server = sl_server_create();

    CHECK(strcmp(sl_server_error(server), "") == 0);
    CHECK(sl_server_set(server, "hihg_water", "1m") == SL_EINVAL);
    CHECK(says(server, "did you mean \"high_water\"?"));
    CHECK(sl_server_set(server, "high_water", "much") == SL_EINVAL);
    CHECK(says(server, "a size from"));
    CHECK(sl_server_set(server, "workers", "2") == SL_EINVAL);
    CHECK(says(server, "sluice serve"));
    CHECK(sl_server_handle(server, "GET", "x", say, NULL) == SL_EINVAL);
    CHECK(says(server, "start with a slash"));
    CHECK(sl_server_load(server, "/nowhere/app.lua") == SL_EINVAL);
    CHECK(says(server, "/nowhere/app.lua"));
    CHECK(sl_server_set(server, "high_water", "1m") == SL_ECOMMITTED);
    CHECK(says(server, "too late"));
    CHECK(sl_server_listen(server, "nonsense", NULL, 0) == SL_ESYSTEM);
    CHECK(says(server, "nonsense"));
    CHECK(sl_server_start(server) == SL_EINVAL);
    CHECK(says(server, "sl_server_run"));
    CHECK(sl_server_load_module(server, "/nowhere.so", NULL) == SL_EINVAL);
    CHECK(says(server, "/nowhere.so"));
    sl_server_destroy(server);
    sl_server_destroy(NULL);

    server = sl_server_create();
    CHECK(sl_server_set(server, "high_water", "1m") == SL_OK);
    CHECK(sl_server_set(server, "hard_limit", "1k") == SL_OK);
    CHECK(sl_server_run(server) == SL_EINVAL);
    CHECK(says(server, "hard_limit"));
    sl_server_destroy(server);
}

static void sigpipe_has_to_be_harmless_on_a_loop_of_the_program(void **state)
{
    sl_server *server = sl_server_create();
    uv_loop_t loop;

    CHECK(uv_loop_init(&loop) == 0);
    CHECK(sl_server_use_loop(server, &loop) == SL_OK);
    CHECK(sl_server_listen(server, "127.0.0.1:0", NULL, 0) == SL_OK);
    signal(SIGPIPE, SIG_DFL);
    CHECK(sl_server_start(server) == SL_EINVAL);
    CHECK(says(server, "SIGPIPE"));
    signal(SIGPIPE, SIG_IGN);
    CHECK(sl_server_run(server) == SL_EINVAL);
    sl_server_destroy(server); /* it has listened, and never started */
    CHECK(uv_loop_close(&loop) == 0);
}

/* --- On a loop of the program -------------------------------------------------------- */

static void a_limit_of_memory_takes_no_signal_of_the_program(void **state)
{
    sl_server *server = sl_server_create();
    struct sigaction before;
    struct sigaction after;

    (void)state;
    CHECK(sigaction(SIGPROF, NULL, &before) == 0);
    CHECK(sl_server_set(server, "lua_memory", "32m") == SL_OK);
    CHECK(sl_server_load(server, "tests/unit/apps/basics.lua") == SL_OK);
    CHECK(sigaction(SIGPROF, NULL, &after) == 0);
    CHECK(before.sa_handler == after.sa_handler);
    sl_server_destroy(server);
}

static void two_servers_on_one_loop_do_not_know_each_other(void **state)
{
    place one = {0}, two = {0};
    char bound_one[64], bound_two[64];
    uv_loop_t loop;
    sl_server *a, *b;

    CHECK(uv_loop_init(&loop) == 0);
    a = serve_on(&loop, "one", &one, bound_one);
    b = serve_on(&loop, "two", &two, bound_two);
    for (int i = 0; i < 3; i++) {
        CHECK(strcmp(answer_to(&loop, bound_one, "/"), "one") == 0);
        CHECK(strcmp(answer_to(&loop, bound_two, "/"), "two") == 0);
    }
    sl_server_stop(a);
    while (one.stopped == 0) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    CHECK(strcmp(answer_to(&loop, bound_two, "/"), "two") == 0);
    CHECK(sl_server_listen(a, "127.0.0.1:0", NULL, 0) == SL_ECOMMITTED);
    CHECK(sl_server_fragments(a) == NULL);
    sl_server_destroy(a);
    CHECK(two.stopped == 0);
    sl_server_stop(b);
    uv_run(&loop, UV_RUN_DEFAULT); /* comes back: nothing of them is left */
    CHECK(one.stopped == 1 && two.stopped == 1);
    sl_server_destroy(b);
    CHECK(uv_loop_close(&loop) == 0);
}

static void finish_kept(uv_timer_t *timer)
{
    place *p = timer->data;

    CHECK(sl_response_write(p->response, p->generation, "later", 5) == SL_OK);
    CHECK(sl_response_indicate_completion(p->response, p->generation, SL_OK) ==
          SL_OK);
}

/* The loop has nothing else to do: what the timer wrote must not wait. */
static void a_timer_of_the_program_ends_a_handler(void **state)
{
    place p = {0};
    char bound[64], text[1024] = "";
    uv_loop_t loop;
    uv_timer_t timer;
    sl_server *server;
    int fd;

    CHECK(uv_loop_init(&loop) == 0);
    uv_timer_init(&loop, &timer);
    timer.data = &p;
    server = serve_on(&loop, "", &p, bound);
    fd = dial(bound);
    ask(fd, "/keep");
    while (p.response == NULL) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    uv_timer_start(&timer, finish_kept, 20, 0);
    while (uv_is_active((uv_handle_t *)&timer)) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    while (!hear(fd, text, sizeof text, MSG_DONTWAIT)) {
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    CHECK(strstr(text, "later") != NULL);
    close(fd);
    uv_close((uv_handle_t *)&timer, NULL);
    sl_server_destroy(server); /* without a stop: at once */
    CHECK(uv_loop_close(&loop) == 0);
}

static void a_destroy_ends_what_runs(void **state)
{
    place p = {0};
    char bound[64], text[1024] = "";
    uv_loop_t loop;
    sl_server *server;
    int fd;

    CHECK(uv_loop_init(&loop) == 0);
    server = serve_on(&loop, "", &p, bound);
    fd = dial(bound);
    ask(fd, "/keep");
    while (p.response == NULL) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    sl_server_destroy(server);
    CHECK(p.stopped == 0);
    CHECK(uv_loop_close(&loop) == 0);
    while (recv(fd, text, sizeof text, 0) > 0) {
    }
    close(fd);
}

static void a_stop_waits_for_what_runs_and_a_second_does_not(void **state)
{
    for (int stops = 1; stops <= 2; stops++) {
        place p = {0};
        char bound[64], text[1024] = "";
        uv_loop_t loop;
        sl_server *server;
        int fd;

        CHECK(uv_loop_init(&loop) == 0);
        server = serve_on(&loop, "", &p, bound);
        fd = dial(bound);
        ask(fd, "/keep");
        while (p.response == NULL) {
            uv_run(&loop, UV_RUN_ONCE);
        }
        sl_server_stop(server);
        for (int i = 0; i < 5; i++) {
            uv_run(&loop, UV_RUN_ONCE);
        }
        CHECK(p.stopped == 0);
        if (stops == 1) {
            CHECK(sl_response_indicate_completion(p.response, p.generation,
                                                  SL_OK) == SL_OK);
        } else {
            sl_server_stop(server);
        }
        uv_run(&loop, UV_RUN_DEFAULT);
        CHECK(p.stopped == 1);
        (void)hear(fd, text, sizeof text, 0);
        CHECK((strstr(text, "200 OK") != NULL) == (stops == 1));
        close(fd);
        sl_server_destroy(server);
        CHECK(uv_loop_close(&loop) == 0);
    }
}

/* --- Threads -------------------------------------------------------------------------- */

static void *run(void *server)
{
    return (void *)(intptr_t)sl_server_run(server);
}

static void count_post(sl_request *request, sl_response *response,
                       uint32_t generation, sl_status status, void *context)
{
    place *p = context;

    CHECK((request == NULL) == (response == NULL));
    p->calls++;
    p->late += status == SL_EGONE;
}

enum { POSTERS = 4, POSTS = 2000 };

static void *post_often(void *context)
{
    place *p = context;

    for (int i = 0; i < POSTS; i++) {
        sl_server_post(p->server, i % 2 ? p->response : NULL, 12345, count_post,
                       p);
    }
    return NULL;
}

static void posts_from_threads_are_called_once_each(void **state)
{
    pthread_t loop, posters[POSTERS];
    place p = {.server = sl_server_create()};
    char bound[64];
    void *rc;

    CHECK(sl_server_set(p.server, "log_level", "off") == SL_OK);
    CHECK(sl_server_handle(p.server, NULL, "/*", keep, &p) == SL_OK);
    CHECK(sl_server_handle(p.server, "GET", "/", say, (void *)"hi") == SL_OK);
    CHECK(sl_server_listen(p.server, "127.0.0.1:0", bound, sizeof bound) ==
          SL_OK);
    sl_server_post(p.server, NULL, 0, count_post, &p); /* before it runs */
    CHECK(pthread_create(&loop, NULL, run, p.server) == 0);
    CHECK(strcmp(answer_to(NULL, bound, "/"), "hi") == 0);
    for (int i = 0; i < POSTERS; i++) {
        CHECK(pthread_create(&posters[i], NULL, post_often, &p) == 0);
    }
    CHECK(strcmp(answer_to(NULL, bound, "/"), "hi") == 0);
    for (int i = 0; i < POSTERS; i++) {
        if (i == POSTERS / 2) {
            sl_server_stop(p.server);
        }
        CHECK(pthread_join(posters[i], NULL) == 0);
    }
    CHECK(pthread_join(loop, &rc) == 0 && rc == (void *)SL_OK);
    sl_server_post(p.server, NULL, 0, count_post, &p); /* after it ran */
    sl_server_stop(p.server);
    CHECK(sl_server_run(p.server) == SL_ECOMMITTED);
    sl_server_destroy(p.server);
    CHECK(p.calls == POSTERS * POSTS + 2);
    CHECK(p.late >= 1);
}

static void end_kept(sl_request *request, sl_response *response,
                     uint32_t generation, sl_status status, void *context)
{
    place *p = context;

    p->calls++;
    p->late += status == SL_EGONE;
    if (status == SL_OK) {
        CHECK(sl_response_write(response, generation, "posted", 6) == SL_OK);
        CHECK(sl_response_indicate_completion(response, generation, SL_OK) ==
              SL_OK);
    }
}

static sl_status keep_and_post_twice(sl_request *request, sl_response *response,
                                     uint32_t generation, void *context)
{
    place *p = context;

    sl_server_post(p->server, response, generation, end_kept, p);
    sl_server_post(p->server, response, generation + 1, end_kept, p);
    return SL_PENDING;
}

static void two_servers_run_in_two_threads(void **state)
{
    pthread_t loops[2];
    place p[2] = {0};
    char bound[2][64];

    for (int i = 0; i < 2; i++) {
        p[i].server = sl_server_create();
        CHECK(sl_server_set(p[i].server, "log_level", "off") == SL_OK);
        CHECK(sl_server_handle(p[i].server, "GET", "/", keep_and_post_twice,
                               &p[i]) == SL_OK);
        CHECK(sl_server_listen(p[i].server, "127.0.0.1:0", bound[i],
                               sizeof bound[i]) == SL_OK);
        CHECK(pthread_create(&loops[i], NULL, run, p[i].server) == 0);
    }
    for (int i = 0; i < 20; i++) {
        CHECK(strcmp(answer_to(NULL, bound[i % 2], "/"), "posted") == 0);
    }
    for (int i = 0; i < 2; i++) {
        sl_server_stop(p[i].server);
        CHECK(pthread_join(loops[i], NULL) == 0);
        sl_server_destroy(p[i].server);
        CHECK(p[i].calls == 20 && p[i].late == 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_told_in_words),
        cmocka_unit_test(sigpipe_has_to_be_harmless_on_a_loop_of_the_program),
        cmocka_unit_test(a_limit_of_memory_takes_no_signal_of_the_program),
        cmocka_unit_test(two_servers_on_one_loop_do_not_know_each_other),
        cmocka_unit_test(a_timer_of_the_program_ends_a_handler),
        cmocka_unit_test(a_destroy_ends_what_runs),
        cmocka_unit_test(a_stop_waits_for_what_runs_and_a_second_does_not),
        cmocka_unit_test(posts_from_threads_are_called_once_each),
        cmocka_unit_test(two_servers_run_in_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
