/* The VM and its scheduler: what becomes of a handler, however it behaves. */
#include "vm.h"

static const char app[] = "tests/unit/apps/basics.lua";

static void a_handler_answers(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/hello/J%C3%BCrgen");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(c.status == 200);
    CHECK(client_got(&c, "Hello, J\xC3\xBCrgen!\n42"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void routes_that_do_not_match_are_answered(void **state)
{
    static const struct {
        const char *method;
        const char *target;
        uint16_t status;
    } cases[] = {
        {"GET", "/nowhere", 404},     {"POST", "/hello/x", 405},
        {"OPTIONS", "/hello/x", 204}, {"HEAD", "/hello/x", 200},
        {"GET", "/hello/", 404},      {"OPTIONS", "*", 204},
    };
    vm v;
    client c;

    vm_open(&v, app);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        client_ask(&c, &v, cases[i].method, cases[i].target, "");
        CHECK(vm_serve(&v, &c, 1));
        CHECK(c.status == cases[i].status);
        CHECK(client_end(&c));
    }
    vm_close(&v);
}

static void an_error_before_the_commit_is_a_500_with_the_id(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/fails");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(c.status == 500);
    sl_buffer_append(&c.got, "", 1);
    CHECK(strstr(sl_buffer_data(&c.got), "0123456789abcdef") != NULL);
    CHECK(strstr(sl_buffer_data(&c.got), "never seen") == NULL);
    CHECK(vm_logged(&v, "out of order"));
    CHECK(vm_logged(&v, "basics.lua:13"));
    CHECK(vm_logged(&v, "0123456789abcdef"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void an_error_after_the_commit_aborts(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/fails/late");
    for (int i = 0; i < 3; i++) {
        vm_turn(&v, &c, 1, 1);
    }
    CHECK(client_got(&c, "seen"));
    CHECK(c.exchange->response.phase == SL_PHASE_ABORTED);
    CHECK(vm_logged(&v, "error object is a table"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void an_error_object_is_logged_as_its_text(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/fails/with-an-object");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(vm_logged(&v, "a described error"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void in_development_the_answer_has_the_traceback(void **state)
{
    sl_script_settings settings = sl_script_defaults;
    vm v;
    client c;
    char *error;

    settings.development = true;
    vm_open_with(&v, &settings, app, &error);
    client_get(&c, &v, "/fails");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(c.status == 500);
    sl_buffer_append(&c.got, "", 1);
    CHECK(strstr(sl_buffer_data(&c.got), "basics.lua:13") != NULL);
    CHECK(strstr(sl_buffer_data(&c.got), "stack traceback:") != NULL);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_yield_to_nobody_is_an_error(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/yields");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(c.status == 500);
    CHECK(vm_logged(&v, "coroutine.yield was called outside"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void sleeping_lets_others_run(void **state)
{
    vm v;
    client clients[2];

    vm_open(&v, app);
    client_get(&clients[0], &v, "/sleeps");
    client_get(&clients[1], &v, "/hello/x");
    vm_turn(&v, clients, 2, 1);
    CHECK(client_is_served(&clients[1]));
    CHECK(client_got(&clients[0], "a"));
    vm_turn(&v, clients, 2, 99);
    CHECK(!clients[0].exchange->handler_over);
    vm_turn(&v, clients, 2, 1);
    CHECK(client_is_served(&clients[0]));
    CHECK(client_got(&clients[0], "ab"));
    CHECK(client_end(&clients[0]) && client_end(&clients[1]));
    vm_close(&v);
}

static void cancelling_raises_once_and_then_drops(void **state)
{
    vm v;
    client c;
    sl_script_stat stat;

    vm_open(&v, app);
    client_get(&c, &v, "/sleeps/stubbornly");
    vm_turn(&v, &c, 1, 1);
    sl_script_cancel_all(v.script);
    vm_turn(&v, &c, 1, 1);
    CHECK(vm_logged(&v, "err=cancelled"));
    CHECK(vm_logged(&v, "waited again"));
    CHECK(c.exchange->handler_over);
    sl_script_describe(v.script, &stat);
    CHECK(stat.tasks == 0 && stat.handlers == 0);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_spawned_task_outlives_its_request(void **state)
{
    vm v;
    client c;
    sl_script_stat stat;

    vm_open(&v, app);
    client_get(&c, &v, "/spawns");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(client_end(&c));
    vm_turn(&v, NULL, 0, 1);
    CHECK(!vm_logged(&v, "spawned"));
    vm_turn(&v, NULL, 0, 10);
    CHECK(vm_logged(&v, "sum=3"));
    CHECK(vm_logged(&v, "nobody listens"));
    CHECK(vm_logged(&v, "request=0123456789abcdef"));
    sl_script_describe(v.script, &stat);
    CHECK(stat.tasks == 0);
    vm_close(&v);
}

static void who_left_is_noticed(void **state)
{
    vm v;
    client c;
    sl_exchange *exchange;

    vm_open(&v, app);
    client_get(&c, &v, "/leaves");
    vm_turn(&v, &c, 1, 1);
    vm_turn(&v, &c, 1, 10);
    exchange = c.exchange;
    client_leave(&c);
    CHECK(exchange->response.generation == c.generation); /* still held */
    (void)sl_pipeline_deliver(v.pipeline);
    for (int i = 0; i < 20; i++) {
        vm_turn(&v, NULL, 0, 1);
    }
    CHECK(vm_logged(&v, "left"));
    CHECK(vm_logged(&v, "err=aborted"));
    CHECK(exchange->response.generation != c.generation);
    sl_buffer_deinit(&c.got);
    vm_close(&v);
}

static void a_handle_of_an_exchange_that_is_over_gives_an_error(void **state)
{
    static const char *over = "the exchange is over;";
    vm v;
    client c;
    const char *at;
    int count = 0;

    vm_open(&v, app);
    client_get(&c, &v, "/keeps");
    CHECK(vm_serve(&v, &c, 2));
    CHECK(client_end(&c));
    client_get(&c, &v, "/uses-kept");
    CHECK(vm_serve(&v, &c, 2));
    sl_buffer_append(&c.got, "", 1);
    at = sl_buffer_data(&c.got);
    while ((at = strstr(at, over)) != NULL) {
        at += strlen(over);
        count++;
    }
    CHECK(count == 10);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void the_body_is_waited_for(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_ask(&c, &v, "POST", "/echo", NULL);
    vm_turn(&v, &c, 1, 1);
    CHECK(!c.exchange->handler_over);
    sl_request_receive(&c.exchange->request, "one ", 4);
    vm_turn(&v, &c, 1, 1);
    sl_request_receive(&c.exchange->request, "two", 3);
    sl_request_end(&c.exchange->request, SL_BODY_COMPLETE);
    CHECK(vm_serve(&v, &c, 3));
    CHECK(client_got(&c, "one two"));
    CHECK(client_end(&c));

    client_ask(&c, &v, "POST", "/copy", "abcdefgh");
    CHECK(vm_serve(&v, &c, 3));
    CHECK(client_got(&c, "abc|def|gh|"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_body_that_is_too_big_is_a_413(void **state)
{
    static const char *const targets[] = {"/echo", "/careless"};
    sl_script_settings settings = sl_script_defaults;
    vm v;
    client c;
    char *error;

    settings.body_bytes = 4;
    vm_open_with(&v, &settings, app, &error);
    for (int i = 0; i < 2; i++) {
        client_ask(&c, &v, "POST", targets[i], "12345");
        CHECK(vm_serve(&v, &c, 3));
        CHECK(c.status == 413);
        CHECK(client_end(&c));
    }
    client_ask(&c, &v, "POST", "/echo", "1234");
    CHECK(vm_serve(&v, &c, 3));
    CHECK(c.status == 200 && client_got(&c, "1234"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_body_that_breaks_off_is_an_error(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_ask(&c, &v, "POST", "/echo", NULL);
    vm_turn(&v, &c, 1, 1);
    sl_request_end(&c.exchange->request, SL_BODY_FAILED);
    CHECK(vm_serve(&v, &c, 3));
    CHECK(client_got(&c, "aborted"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_handler_that_eats_all_memory_fails_alone(void **state)
{
    sl_script_settings settings = sl_script_defaults;
    vm v;
    client c;
    char *error;

    settings.memory_bytes = 8 << 20;
    vm_open_with(&v, &settings, app, &error);
    for (int i = 0; i < 3; i++) {
        client_get(&c, &v, "/eats");
        CHECK(vm_serve(&v, &c, 3));
        CHECK(c.status == 500);
        CHECK(client_end(&c));
        client_get(&c, &v, "/hello/x");
        CHECK(vm_serve(&v, &c, 3));
        CHECK(c.status == 200);
        CHECK(client_end(&c));
    }
    CHECK(vm_logged(&v, "not enough memory"));
    vm_close(&v);
}

static void generators_may_wait(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/generates");
    CHECK(vm_serve(&v, &c, 20));
    CHECK(client_got(&c, "1 2 3 10 20 deep"));
    CHECK(client_end(&c));
    client_get(&c, &v, "/shared-coroutine");
    CHECK(vm_serve(&v, &c, 20));
    CHECK(client_got(&c, "cannot resume a coroutine that waits for the "
                         "server; normal; woken"));
    CHECK(client_end(&c));
    vm_close(&v);
}

static void an_impossible_wait_says_so(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/waits-where-it-cannot");
    CHECK(vm_serve(&v, &c, 5));
    sl_buffer_append(&c.got, "", 1);
    CHECK(strncmp(sl_buffer_data(&c.got), "cannot wait here", 16) == 0);
    CHECK(strstr(sl_buffer_data(&c.got), "still here") != NULL);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_vm_that_is_closed_lets_go_of_everything(void **state)
{
    vm v;
    client clients[3];

    vm_open(&v, app);
    client_get(&clients[0], &v, "/sleeps");
    client_ask(&clients[1], &v, "POST", "/echo", NULL);
    client_get(&clients[2], &v, "/leaves");
    vm_turn(&v, clients, 3, 1);
    sl_script_destroy(v.script);
    v.script = NULL;
    for (int i = 0; i < 3; i++) {
        CHECK(client_end(&clients[i]));
    }
    vm_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_answers),
        cmocka_unit_test(routes_that_do_not_match_are_answered),
        cmocka_unit_test(an_error_before_the_commit_is_a_500_with_the_id),
        cmocka_unit_test(an_error_after_the_commit_aborts),
        cmocka_unit_test(an_error_object_is_logged_as_its_text),
        cmocka_unit_test(in_development_the_answer_has_the_traceback),
        cmocka_unit_test(a_yield_to_nobody_is_an_error),
        cmocka_unit_test(sleeping_lets_others_run),
        cmocka_unit_test(cancelling_raises_once_and_then_drops),
        cmocka_unit_test(a_spawned_task_outlives_its_request),
        cmocka_unit_test(who_left_is_noticed),
        cmocka_unit_test(a_handle_of_an_exchange_that_is_over_gives_an_error),
        cmocka_unit_test(the_body_is_waited_for),
        cmocka_unit_test(a_body_that_is_too_big_is_a_413),
        cmocka_unit_test(a_body_that_breaks_off_is_an_error),
        cmocka_unit_test(a_handler_that_eats_all_memory_fails_alone),
        cmocka_unit_test(generators_may_wait),
        cmocka_unit_test(an_impossible_wait_says_so),
        cmocka_unit_test(a_vm_that_is_closed_lets_go_of_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
