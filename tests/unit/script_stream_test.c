/* Streaming from Lua: waits, completions, and the life of what is borrowed. */
#include "vm.h"

static const char app[] = "tests/unit/apps/streams.lua";

static void a_writer_waits_for_its_client(void **state)
{
    vm v;
    client c;
    sl_script_stat stat;

    vm_open(&v, app);
    client_get(&c, &v, "/lines/200000");
    c.allowed = 0;
    for (int i = 0; i < 100; i++) {
        vm_turn(&v, &c, 1, 1);
    }
    CHECK(!c.exchange->handler_over);
    CHECK(c.exchange->response.accepted_bytes <
          (double)(2 * sl_pipeline_defaults.high_water));
    sl_script_describe(v.script, &stat);
    CHECK(stat.memory_bytes < 16 << 20);
    c.allowed = UINT64_MAX;
    CHECK(vm_serve(&v, &c, 200));
    CHECK(sl_buffer_len(&c.got) == 2288895);
    CHECK(memcmp(sl_buffer_data(&c.got) + 2288895 - 12, "line 200000\n", 12) ==
          0);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_handler_that_never_waits_lets_others_run(void **state)
{
    vm v;
    client clients[2];
    int turns = 0;

    vm_open(&v, app);
    client_get(&clients[0], &v, "/text/1000000");
    vm_turn(&v, clients, 1, 1);
    CHECK(!clients[0].exchange->handler_over);
    client_get(&clients[1], &v, "/hello");
    vm_turn(&v, clients, 2, 1);
    CHECK(client_is_served(&clients[1]));
    while (!client_is_served(&clients[0]) && turns++ < 1000) {
        vm_turn(&v, clients, 2, 1);
    }
    CHECK(sl_buffer_len(&clients[0].got) == 2000000);
    CHECK(client_end(&clients[0]) && client_end(&clients[1]));
    vm_close(&v);
}

static void check_borrowed(const client *c, int count)
{
    const char *at = sl_buffer_data(&c->got);

    CHECK(sl_buffer_len(&c->got) == (size_t)count * 11000);
    for (int i = 1; i <= count; i++) {
        for (int k = 0; k < 5000; k++) {
            CHECK(*at++ == 'a' + i % 26);
        }
        for (int k = 0; k < 6000; k++) {
            CHECK(*at++ == 'A' + i % 26);
        }
    }
}

static void what_is_borrowed_lives_until_it_was_sent(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/borrowed/2000");
    c.allowed = 0;
    while (!client_is_served(&c)) {
        c.allowed += 30011; /* so that pieces are sent in part */
        vm_turn(&v, &c, 1, 1);
    }
    check_borrowed(&c, 2000);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void what_is_borrowed_is_let_go(void **state)
{
    vm v;
    sl_script_stat before, after;

    vm_open(&v, app);
    for (int i = 0; i < 20; i++) {
        client c;

        client_get(&c, &v, "/borrowed/100");
        c.allowed = 20000; /* and then it leaves */
        vm_turn(&v, &c, 1, 1);
        client_leave(&c);
        for (int k = 0; k < 3; k++) {
            vm_turn(&v, NULL, 0, 1);
        }
        sl_buffer_deinit(&c.got);
        if (i == 9) {
            sl_script_describe(v.script, &before);
        }
    }
    sl_script_describe(v.script, &after);
    CHECK(after.handlers == 0);
    CHECK(after.memory_bytes < before.memory_bytes + (2 << 20));
    vm_close(&v);
}

static void serve(const char *target, const char *expected)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, target);
    if (!vm_serve(&v, &c, 300) || !client_got(&c, expected)) {
        sl_buffer_append(&c.got, "", 1);
        fail_msg("%s: %s\n%s", target, sl_buffer_data(&c.got), vm_log(&v));
    }
    CHECK(client_end(&c));
    vm_close(&v);
}

static void completions_are_collected_both_ways(void **state)
{
    serve("/collects", "xxxxxxxxxxxxxxxok");
}

static void a_cancelled_write_leaves_no_byte(void **state)
{
    serve("/cancels", "first third");
}

static void files_that_are_not_sent_are_closed(void **state)
{
    int before = dup(0);
    int after;

    close(before);
    serve("/files/unsent", "nil  No such file or directory");
    after = dup(0);
    close(after);
    CHECK(before == after);
}

static void the_head_can_be_set_until_it_leaves(void **state)
{
    serve("/head", "front body");
}

static void a_redirect_drops_what_was_written(void **state)
{
    serve("/redirect", "");
}

static void callbacks_run_once_each(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/callbacks/2000");
    for (int i = 0; i < 30 && !vm_logged(&v, "all called back"); i++) {
        vm_turn(&v, &c, 1, 1);
    }
    CHECK(vm_logged(&v, "all called back"));
    CHECK(!vm_logged(&v, "error"));
    CHECK(client_is_served(&c));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void chunks_of_all_kinds_mix(void **state)
{
    vm v;
    client c;
    char expected[6000];

    vm_open(&v, app);
    client_get(&c, &v, "/mixed");
    CHECK(vm_serve(&v, &c, 5));
    snprintf(expected, sizeof expected, "text 1%0*dHandlersfragment buffer",
             5000, 0);
    for (char *zero = expected + 6; *zero == '0'; zero++) {
        *zero = 'b';
    }
    CHECK(client_got(&c, expected));
    CHECK(c.exchange->response.trailers->count == 1);
    CHECK(vm_logged(&v, "bytes=5029"));
    CHECK(vm_logged(&v, "was sent already"));
    (void)sl_pipeline_deliver(v.pipeline);
    CHECK(v.closed == 1);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void writers_wait_in_the_order_of_their_calls(void **state)
{
    vm v;
    client c;
    size_t len;

    vm_open(&v, app);
    client_get(&c, &v, "/order");
    c.allowed = 0;
    for (int i = 0; i < 5; i++) {
        vm_turn(&v, &c, 1, 1);
    }
    c.allowed = UINT64_MAX;
    CHECK(vm_serve(&v, &c, 200));
    len = sl_buffer_len(&c.got);
    CHECK(len == 200008);
    CHECK(memcmp(sl_buffer_data(&c.got) + len - 8, "12345end", 8) == 0);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void waiting_for_room_can_have_an_end(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/impatient");
    c.allowed = 0;
    vm_turn(&v, &c, 1, 1);
    vm_turn(&v, &c, 1, 19);
    CHECK(!vm_logged(&v, "sync"));
    for (int i = 0; i < 3; i++) {
        vm_turn(&v, &c, 1, 1);
    }
    CHECK(vm_logged(&v, "sync err=timed_out"));
    CHECK(vm_logged(&v, "async err=full"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void completions_that_nobody_collects_cost_little(void **state)
{
    vm v;
    client c;
    sl_script_stat stat;

    vm_open(&v, app);
    client_get(&c, &v, "/uncollected/200000");
    for (int i = 0; i < 2000 && !client_is_served(&c); i++) {
        vm_turn(&v, &c, 1, 1);
        CHECK(v.pipeline->operations.live < 8000);
    }
    CHECK(client_is_served(&c));
    CHECK(sl_buffer_len(&c.got) == 400000);
    sl_script_describe(v.script, &stat);
    CHECK(stat.memory_bytes < 16 << 20);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void flushes_are_waited_for(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/flushes");
    CHECK(vm_serve(&v, &c, 5));
    CHECK(client_got(&c, "one two"));
    CHECK(vm_logged(&v, "flushed again=0 bytes=4"));
    CHECK(vm_logged(&v, "err=finished"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_task_that_lingers_does_not_hold_the_response(void **state)
{
    vm v;
    client c;
    sl_script_stat stat;

    vm_open(&v, app);
    client_get(&c, &v, "/lingers");
    c.allowed = 10;
    for (int i = 0; i < 10; i++) {
        vm_turn(&v, &c, 1, 1);
    }
    CHECK(vm_logged(&v, "any=\"the exchange is over\" "
                        "one=\"the exchange is over\" "
                        "room=\"the exchange is over\" write=finished"));
    sl_script_describe(v.script, &stat);
    CHECK(stat.tasks == 0);
    CHECK(client_end(&c));
    vm_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_waits_for_its_client),
        cmocka_unit_test(a_handler_that_never_waits_lets_others_run),
        cmocka_unit_test(what_is_borrowed_lives_until_it_was_sent),
        cmocka_unit_test(what_is_borrowed_is_let_go),
        cmocka_unit_test(completions_are_collected_both_ways),
        cmocka_unit_test(a_cancelled_write_leaves_no_byte),
        cmocka_unit_test(files_that_are_not_sent_are_closed),
        cmocka_unit_test(the_head_can_be_set_until_it_leaves),
        cmocka_unit_test(a_redirect_drops_what_was_written),
        cmocka_unit_test(callbacks_run_once_each),
        cmocka_unit_test(chunks_of_all_kinds_mix),
        cmocka_unit_test(writers_wait_in_the_order_of_their_calls),
        cmocka_unit_test(waiting_for_room_can_have_an_end),
        cmocka_unit_test(completions_that_nobody_collects_cost_little),
        cmocka_unit_test(flushes_are_waited_for),
        cmocka_unit_test(a_task_that_lingers_does_not_hold_the_response),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    setenv("SLUICE_TEST_HOT", "1", 1);
    return failed + cmocka_run_group_tests_name("hot", tests, NULL, NULL);
}
