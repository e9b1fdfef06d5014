/* A client that sends GET / over many connections, at a constant rate, and says
 * how long the answers took.
 *
 *   pace PORT CONNECTIONS RATE SECONDS [PATH]
 *
 * Each request has the moment at which it is due, and its latency counts from
 * there, also when it had to wait for a connection: a server that stops for a
 * while cannot hide it. RATE 0: each connection sends its next request when it
 * has an answer, and the latency counts from the sending.
 *
 * Beside them it takes PATH, again and again, over a connection for each time, as
 * fast as it comes. It is not measured. One process does both, because two on one
 * core would measure how the kernel shares that core out between them.
 *
 * It prints "ready", waits for a line, and prints its result. It does not sleep
 * meanwhile, so that its own waking up is not measured. */
#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    MOST_EVENTS = 512,
    MOST_LATENCIES = 8 << 20,
    FIRST_MS = 30000, /* for the first answer */
    CLOSING_MS = 50,  /* of silence after which an answer is complete */
    PATIENCE_S = 3,   /* after the last request */
};

struct connection {
    int fd;
    double due; /* of the request that it waits for */
    size_t got;
    bool waits;
    struct connection *next; /* free one */
};

struct state {
    int epoll_fd;
    struct request request;
    size_t answer_bytes;
    struct connection *connections;
    int count;
    struct connection *free;
    double interval, end; /* interval 0: no rate */
    double next_due;
    size_t waiting; /* requests on their way */
    float *latencies;
    size_t answers;
    int port;
    struct request beside;    /* empty: there is none */
    struct connection reader; /* of its answers */
};

static char input[64 << 10];

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static double percentile_us(const struct state *s, double part)
{
    return s->answers == 0
               ? 0
               : s->latencies[(size_t)(part * (double)(s->answers - 1))] * 1e6;
}

/* How long an answer is: it has no part whose length changes. */
static size_t measure_answer(struct state *s)
{
    struct connection *c = &s->connections[0];
    struct epoll_event event;
    size_t len = 0;

    request_send(&s->request, c->fd);
    while (epoll_wait(s->epoll_fd, &event, 1,
                      len == 0 ? FIRST_MS : CLOSING_MS) > 0) {
        ssize_t n = read(c->fd, input, sizeof input);

        if (n <= 0) {
            die("the first answer");
        }
        len += (size_t)n;
    }
    return len;
}

static void ask(struct state *s, struct connection *c, double due)
{
    c->due = due;
    c->got = 0;
    c->waits = true;
    s->waiting++;
    request_send(&s->request, c->fd);
}

static void note_latency(struct state *s, double due)
{
    if (s->answers < MOST_LATENCIES) {
        s->latencies[s->answers++] = (float)(seconds_now() - due);
    }
}

static void on_answer(struct state *s, struct connection *c)
{
    note_latency(s, c->due);
    s->waiting--;
    c->waits = false;
    c->next = s->free;
    s->free = c;
}

static void receive(struct state *s, struct connection *c)
{
    ssize_t n = read(c->fd, input, sizeof input);

    if (n <= 0) {
        die("a connection ended");
    }
    c->got += (size_t)n;
    if (c->got >= s->answer_bytes) {
        on_answer(s, c);
    }
}

/* --- Beside ------------------------------------------------------------------ */

static void watch(const struct state *s, struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
}

static void ask_beside(struct state *s)
{
    s->reader.fd = connect_to(s->port);
    request_send(&s->beside, s->reader.fd);
    watch(s, &s->reader);
}

static void receive_beside(struct state *s)
{
    ssize_t n = read(s->reader.fd, input, sizeof input);

    if (n > 0 || (n < 0 && errno == EAGAIN)) {
        return;
    }
    close(s->reader.fd);
    ask_beside(s);
}

/* --- At a rate --------------------------------------------------------------- */

static double next_is_due_at(const struct state *s)
{
    return s->interval > 0 ? s->next_due : seconds_now();
}

static void ask_what_is_due(struct state *s)
{
    while (s->free != NULL) {
        struct connection *c = s->free;
        double due = next_is_due_at(s);

        if (due > seconds_now() || due >= s->end) {
            return;
        }
        s->free = c->next;
        s->next_due += s->interval;
        ask(s, c, due);
    }
}

/* What has no answer until now has waited for so long at least. */
static void give_up(struct state *s)
{
    for (int i = 0; i < s->count; i++) {
        if (s->connections[i].waits) {
            note_latency(s, s->connections[i].due);
        }
    }
    while (s->interval > 0 && s->next_due < s->end) {
        note_latency(s, s->next_due);
        s->next_due += s->interval;
    }
}

static void run(struct state *s, double seconds)
{
    struct epoll_event events[MOST_EVENTS];

    if (s->beside.len > 0) {
        ask_beside(s);
    }
    s->next_due = seconds_now();
    s->end = s->next_due + seconds;
    while (s->waiting > 0 || next_is_due_at(s) < s->end) {
        int n;

        ask_what_is_due(s);
        n = epoll_wait(s->epoll_fd, events, MOST_EVENTS, 0);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &s->reader) {
                receive_beside(s);
            } else {
                receive(s, events[i].data.ptr);
            }
        }
        if (seconds_now() > s->end + PATIENCE_S) {
            give_up(s);
            return;
        }
    }
}

static void connect_all(struct state *s)
{
    s->connections = calloc((size_t)s->count, sizeof *s->connections);
    s->latencies = malloc(MOST_LATENCIES * sizeof *s->latencies);
    if (s->connections == NULL || s->latencies == NULL) {
        die("memory");
    }
    for (int i = 0; i < s->count; i++) {
        struct connection *c = &s->connections[i];

        c->fd = connect_to(s->port);
        watch(s, c);
        c->next = s->free;
        s->free = c;
    }
}

int main(int argc, char **argv)
{
    struct state s = {0};
    double rate, seconds;

    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: pace PORT CONNECTIONS RATE SECONDS [PATH]\n");
        return 2;
    }
    rate = atof(argv[3]);
    seconds = atof(argv[4]);
    s.count = atoi(argv[2]);
    s.interval = rate > 0 ? 1 / rate : 0;
    s.epoll_fd = epoll_create_or_die();
    s.port = atoi(argv[1]);
    request_init(&s.request, "/", false);
    if (argc == 6) {
        request_init(&s.beside, argv[5], true);
    }
    connect_all(&s);
    s.answer_bytes = measure_answer(&s);
    say_ready();
    if (getchar() == EOF) {
        return 0;
    }
    run(&s, seconds);
    qsort(s.latencies, s.answers, sizeof *s.latencies, by_value);
    printf("{\"requests\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, "
           "\"p999_us\": %.1f}\n",
           s.answers, percentile_us(&s, 0.5), percentile_us(&s, 0.99),
           percentile_us(&s, 0.999));
    free(s.latencies);
    free(s.connections);
    return 0;
}
