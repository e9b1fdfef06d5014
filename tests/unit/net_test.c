/* Connections: what arrives, what is sent, and every way to end. */
#include "net_world.h"

#include <fcntl.h>
#include <netinet/tcp.h>

static bool holds(const sl_buffer *buffer, const char *text)
{
    return sl_buffer_len(buffer) == strlen(text) &&
           memcmp(sl_buffer_data(buffer), text, strlen(text)) == 0;
}

static void say(sl_session *session, const char *text)
{
    sl_buffer_append(&session->out, text, strlen(text));
    session->output->due(session->connection);
}

static void bytes_go_in_and_out(void **state)
{
    char text[16] = "";
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    CHECK(send(fd, "ask", 3, 0) == 3);
    UNTIL(&w, holds(&w.last->in, "ask"));
    say(w.last, "answer");
    UNTIL(&w, sl_buffer_len(&w.last->out) == 0);
    CHECK(recv(fd, text, sizeof text, 0) == 6);
    assert_string_equal(text, "answer");
    close(fd);
    world_deinit(&w);
}

static void send_now_sends_within_the_call(void **state)
{
    char text[16] = "";
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    sl_buffer_append(&w.last->out, "now", 3);
    w.last->output->send(w.last->connection);
    CHECK(recv(fd, text, sizeof text, MSG_DONTWAIT) == 3);
    close(fd);
    world_deinit(&w);
}

static void accepted_sockets_inherit_their_options(void **state)
{
    socklen_t size = sizeof(int);
    sl_connection *c;
    int value = 0;
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    c = w.last->connection;
    CHECK(getsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0);
    CHECK(value == 1);
    CHECK(getsockopt(c->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &size) ==
          0);
    CHECK(value == (int)sl_net_defaults.notsent_lowat);
    close(fd);
    world_deinit(&w);
}

/* --- Sending more than the socket takes ------------------------------------ */

/* Read `len` bytes that repeat the pattern of fill(), while the net turns. */
static void read_pattern(world *w, int fd, size_t len)
{
    static char data[65536];
    size_t at = 0;

    for (int idle = 0; at < len && idle < 100000;) {
        ssize_t n = recv(fd, data, sizeof data, MSG_DONTWAIT);

        idle = n > 0 ? 0 : idle + 1;
        for (ssize_t i = 0; i < n; i++) {
            CHECK(data[i] == (char)((at + (size_t)i) % 251));
        }
        at += n > 0 ? (size_t)n : 0;
        turn(w);
    }
    CHECK(at == len);
}

static char *pattern(size_t len)
{
    char *data = malloc(len);

    for (size_t i = 0; i < len; i++) {
        data[i] = (char)(i % 251);
    }
    return data;
}

/* In iovecs of `piece` bytes, or in one. */
static void check_slow_reader(size_t len, size_t piece)
{
    char *data = pattern(len);
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->piece = piece;
    sl_buffer_append(&w.last->out, data, len);
    free(data);
    w.last->output->due(w.last->connection);
    UNTIL(&w, ((sl_connection *)w.last->connection)->blocked);
    read_pattern(&w, fd, len);
    CHECK(sl_buffer_len(&w.last->out) == 0);
    close(fd);
    world_deinit(&w);
}

static void a_slow_reader_gets_every_byte(void **state)
{
    check_slow_reader(20 << 20, 0);
    check_slow_reader(20 << 20, 20000);
    check_slow_reader(4 << 20, 100); /* joined */
}

static void a_connection_has_a_share_of_each_turn(void **state)
{
    sl_net_settings settings = sl_net_defaults;
    world w;
    int fd;

    settings.send_batch = 4096;
    world_init(&w, settings);
    fd = dial_and_accept(&w);
    turn_a_while(&w);
    for (int i = 0; i < 4; i++) { /* batches of 2 KiB are sent whole */
        sl_buffer_append(&w.last->out, (char[2048]){0}, 2048);
        w.last->output->send(w.last->connection);
    }
    CHECK(sl_buffer_len(&w.last->out) == 4096);
    CHECK(sl_net_is_due(w.net));
    UNTIL(&w, sl_buffer_len(&w.last->out) == 0);
    UNTIL(&w, !sl_net_is_due(w.net));
    close(fd);
    world_deinit(&w);
}

/* --- A client that leaves -------------------------------------------------- */

static void reset_client(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    close(fd);
}

static void a_fin_is_told_once_and_does_not_spin(void **state)
{
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    CHECK(send(fd, "last", 4, 0) == 4);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    UNTIL(&w, w.last->eofs > 0);
    CHECK(holds(&w.last->in, "last"));
    turn_a_while(&w);
    CHECK(w.last->eofs == 1);
    CHECK(!sl_net_is_due(w.net));
    close(fd);
    world_deinit(&w);
}

static void a_fin_behind_unread_bytes_is_announced(void **state)
{
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->stopped = true;
    w.last->output->due(w.last->connection);
    turn_a_while(&w);
    CHECK(send(fd, "unread", 6, 0) == 6);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    UNTIL(&w, w.last->fins == 1);
    turn_a_while(&w);
    CHECK(w.last->fins == 1 && w.last->eofs == 0);
    w.last->stopped = false;
    w.last->output->due(w.last->connection);
    UNTIL(&w, w.last->eofs == 1);
    CHECK(holds(&w.last->in, "unread"));
    close(fd);
    world_deinit(&w);
}

static void a_reset_is_noticed_while_reading_is_stopped(void **state)
{
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->stopped = true;
    w.last->output->due(w.last->connection);
    turn_a_while(&w);
    reset_client(fd);
    UNTIL(&w, w.live == 0);
    world_deinit(&w);
}

static void a_reset_is_noticed_after_a_fin(void **state)
{
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    w.settings.half_close = true;
    fd = dial_and_accept(&w);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    UNTIL(&w, w.last->eofs == 1);
    turn_a_while(&w);
    reset_client(fd);
    UNTIL(&w, w.live == 0);
    world_deinit(&w);
}

static void urgent_data_is_no_end(void **state)
{
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    w.settings.half_close = true;
    fd = dial_and_accept(&w);
    CHECK(send(fd, "!", 1, MSG_OOB) == 1);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    UNTIL(&w, w.last->eofs == 1);
    turn_a_while(&w);
    CHECK(w.live == 1);
    close(fd);
    world_deinit(&w);
}

/* --- Ending from this side ------------------------------------------------- */

static void an_answer_arrives_although_the_client_still_sends(void **state)
{
    char text[16] = "";
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->stopped = true;
    w.last->fate = SL_FATE_LINGER;
    CHECK(send(fd, "a body that nobody reads", 24, 0) == 24);
    say(w.last, "413");
    turn_a_while(&w);
    CHECK(send(fd, "more of it", 10, MSG_NOSIGNAL) == 10);
    turn_a_while(&w);
    CHECK(recv(fd, text, sizeof text, 0) == 3);
    CHECK(recv(fd, text, sizeof text, 0) == 0);
    close(fd);
    UNTIL(&w, w.live == 0);
    world_deinit(&w);
}

/* Segments that the client got so far; the libc's struct ends before them. */
static uint32_t segments(int fd)
{
    struct {
        struct tcp_info start;
        uint64_t rates_and_bytes[4];
        uint32_t out;
        uint32_t in;
    } info = {0};
    socklen_t size = sizeof info;

    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    CHECK(size == sizeof info && info.in > 0);
    return info.in;
}

static void the_last_bytes_and_the_fin_are_one_segment(void **state)
{
    static const sl_session_fate fates[] = {SL_FATE_CLOSE, SL_FATE_LINGER};

    for (size_t i = 0; i < 2; i++) {
        char text[16] = "";
        uint32_t before;
        world w;
        int fd;

        world_init(&w, sl_net_defaults);
        fd = dial_and_accept(&w);
        before = segments(fd);
        w.last->fate = fates[i];
        w.last->is_last = true;
        say(w.last, "bye");
        turn_a_while(&w);
        CHECK(recv(fd, text, sizeof text, 0) == 3);
        CHECK(recv(fd, text, sizeof text, 0) == 0);
        CHECK(segments(fd) == before + 1);
        close(fd);
        UNTIL(&w, w.live == 0);
        world_deinit(&w);
    }
}

/* Bytes that come between the last read and the close make it a reset, which
 * would take the answer with it if that had not been sent. */
static void an_answer_arrives_although_more_has_come_unseen(void **state)
{
    char text[16] = "";
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->fate = SL_FATE_CLOSE;
    w.last->is_last = true;
    say(w.last, "bye");
    CHECK(send(fd, "late", 4, 0) == 4);
    while (sl_net_advance(w.net)) {
    }
    sl_net_flush(w.net);
    CHECK(w.live == 0);
    CHECK(recv(fd, text, sizeof text, 0) == 3);
    CHECK(recv(fd, text, sizeof text, 0) <= 0);
    close(fd);
    world_deinit(&w);
}

static void lingering_ends_with_its_time(void **state)
{
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->fate = SL_FATE_LINGER;
    w.last->output->due(w.last->connection);
    turn_a_while(&w);
    CHECK(w.live == 1);
    sl_timers_run(&w.env.pipeline->timers, w.env.pipeline->now_ms + 1000);
    turn(&w);
    CHECK(w.live == 0);
    close(fd);
    world_deinit(&w);
}

static void lingering_ends_with_its_bytes(void **state)
{
    static char much[65536];
    size_t sent = 0;
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->fate = SL_FATE_LINGER;
    w.last->output->due(w.last->connection);
    while (w.live > 0 && sent < (64 << 20)) {
        ssize_t n = send(fd, much, sizeof much, MSG_NOSIGNAL | MSG_DONTWAIT);

        sent += n > 0 ? (size_t)n : 0;
        turn(&w);
    }
    CHECK(w.live == 0);
    CHECK(sent > w.settings.linger_bytes);
    close(fd);
    world_deinit(&w);
}

static void a_reset_is_sent_when_the_end_must_not_look_like_one(void **state)
{
    sl_net_stat stat;
    char byte;
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->fate = SL_FATE_RESET;
    w.last->output->due(w.last->connection);
    UNTIL(&w, w.live == 0);
    CHECK(recv(fd, &byte, 1, 0) < 0 && errno == ECONNRESET);
    sl_net_describe(w.net, &stat);
    CHECK(stat.resets == 1 && stat.connections == 0);
    close(fd);
    world_deinit(&w);
}

static void deadlines_are_kept_and_can_move_both_ways(void **state)
{
    uint64_t start;
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    start = w.env.pipeline->now_ms;
    w.last->deadline = start + 100000;
    w.last->output->due(w.last->connection);
    turn(&w);
    w.last->deadline = start + 300000; /* later: the timer stays */
    w.last->output->due(w.last->connection);
    turn(&w);
    sl_timers_run(&w.env.pipeline->timers, start + 299999);
    CHECK(w.last->expiries == 0);
    w.last->deadline = start + 299999; /* earlier: it moves */
    w.last->output->due(w.last->connection);
    while (sl_net_advance(w.net)) {
    }
    sl_net_flush(w.net);
    sl_timers_run(&w.env.pipeline->timers, start + 300000);
    CHECK(w.last->expiries == 1);
    close(fd);
    world_deinit(&w);
}

static void draining_closes_what_is_idle_and_answers_what_arrived(void **state)
{
    char byte;
    world w;
    int idle;
    int busy;
    int fresh;

    world_init(&w, sl_net_defaults);
    idle = dial_and_accept(&w);
    CHECK(send(idle, "x", 1, 0) == 1);
    UNTIL(&w, sl_buffer_len(&w.last->in) == 1);
    sl_buffer_consume(&w.last->in, 1);
    fresh = dial_and_accept(&w);
    busy = dial_and_accept(&w);
    CHECK(send(busy, "request", 7, 0) == 7);
    sl_net_stop_listening(w.net);
    sl_net_drain(w.net);
    turn_a_while(&w);
    CHECK(recv(idle, &byte, 1, 0) == 0);
    CHECK(holds(&w.last->in, "request"));
    CHECK(w.live == 2);
    w.env.pipeline->now_ms += 1000;
    sl_net_drain(w.net); /* its time to send a first byte is over */
    w.env.pipeline->now_ms -= 1000;
    while (sl_net_advance(w.net)) {
    }
    sl_net_flush(w.net);
    CHECK(w.live == 1);
    close(idle);
    close(fresh);
    close(busy);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_in_and_out),
        cmocka_unit_test(send_now_sends_within_the_call),
        cmocka_unit_test(accepted_sockets_inherit_their_options),
        cmocka_unit_test(a_slow_reader_gets_every_byte),
        cmocka_unit_test(a_connection_has_a_share_of_each_turn),
        cmocka_unit_test(a_fin_is_told_once_and_does_not_spin),
        cmocka_unit_test(a_fin_behind_unread_bytes_is_announced),
        cmocka_unit_test(a_reset_is_noticed_while_reading_is_stopped),
        cmocka_unit_test(a_reset_is_noticed_after_a_fin),
        cmocka_unit_test(urgent_data_is_no_end),
        cmocka_unit_test(an_answer_arrives_although_the_client_still_sends),
        cmocka_unit_test(the_last_bytes_and_the_fin_are_one_segment),
        cmocka_unit_test(an_answer_arrives_although_more_has_come_unseen),
        cmocka_unit_test(lingering_ends_with_its_time),
        cmocka_unit_test(lingering_ends_with_its_bytes),
        cmocka_unit_test(a_reset_is_sent_when_the_end_must_not_look_like_one),
        cmocka_unit_test(deadlines_are_kept_and_can_move_both_ways),
        cmocka_unit_test(draining_closes_what_is_idle_and_answers_what_arrived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
