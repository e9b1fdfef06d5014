/* Waiting for tasks, timers, semaphores, channels and callbacks. */
#include "vm.h"

static const char app[] = "tests/unit/apps/waits.lua";

static uint32_t tasks_of(const vm *v)
{
    sl_script_stat stat;

    sl_script_describe(v->script, &stat);
    return stat.tasks;
}

static void serve(const char *target, const char *expected)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, target);
    if (!vm_serve(&v, &c, 1000) || !client_got(&c, expected)) {
        sl_buffer_append(&c.got, "", 1);
        fail_msg("%s: %s\n%s", target, sl_buffer_data(&c.got), vm_log(&v));
    }
    CHECK(tasks_of(&v) == 0);
    CHECK(client_end(&c));
    vm_close(&v);
}

static void a_join_returns_what_the_function_returned(void **state)
{
    serve("/join", "false nil timed_out 3 nil last 3 nil last true false ");
}

static void a_join_returns_the_error_of_the_function(void **state)
{
    serve("/join/failed", "nil broken true ");
}

static void nobody_joins_himself(void **state)
{
    serve("/join/self", "false a task cannot wait for its own end ");
}

static void cancel_ends_what_waits_and_what_has_not_begun(void **state)
{
    serve("/cancel", "true nil cancelled nil true cleaned up false cancelled "
                     "nil waited again after it was cancelled ");
}

static void cancelling_thousands_leaves_nothing(void **state)
{
    vm v;
    client c;
    sl_script_stat before, after;

    vm_open(&v, app);
    for (int i = 0; i < 4; i++) {
        client_get(&c, &v, "/cancel/thousands");
        CHECK(vm_serve(&v, &c, 1000));
        CHECK(client_got(&c, "7000 1 nil nil timed_out "));
        CHECK(client_end(&c));
        CHECK(tasks_of(&v) == 0);
        CHECK(sl_timers_next(&v.pipeline->timers) == UINT64_MAX);
        client_get(&c, &v, "/collect");
        CHECK(vm_serve(&v, &c, 1));
        CHECK(client_end(&c));
        if (i == 1) {
            sl_script_describe(v.script, &before);
        }
    }
    sl_script_describe(v.script, &after);
    CHECK(after.memory_bytes < before.memory_bytes + (256 << 10));
    vm_close(&v);
}

static void semaphores_let_so_many_pass(void **state)
{
    serve("/semaphore", "1,2,3,4,5 2 nil nil timed_out 3 ");
}

static void a_permit_is_not_lost_to_who_gave_up(void **state)
{
    serve("/semaphore/races", "true 0 nil cancelled true ");
}

static void channels_hand_over_in_order(void **state)
{
    serve("/channel", "500500 nil closed nil closed nil nil nil "
                      "timed_out false true x nil closed "
                      "true false bad argument #1 to 'put' (nil cannot be "
                      "put into a channel) ");
}

static void an_await_is_resumed_once(void **state)
{
    serve("/await", "1 nil 3 later true false nil timed_out false "
                    "while starting ");
}

static void a_group_leaves_nobody_behind(void **state)
{
    serve("/all", "a nil c nil refused 2 true nil raised 2 0 fast false bad "
                  "argument #1 to 'all' (element 1 is no function) ");
}

static void a_deadline_reaches_into_sub_calls(void **state)
{
    serve("/deadline", "nil timed_out all=false,cancelled race=false,"
                       "cancelled in time false "
                       "raised ");
}

static void a_timer_goes_on_after_an_error(void **state)
{
    serve("/timer", "true once ");
}

static void misuse_names_the_function_and_the_argument(void **state)
{
    serve("/misuse",
          "bad argument #1 to 'spawn' (function expected, got number)\n"
          "bad argument #1 to 'timer' (number expected, got string)\n"
          "bad argument #1 to 'timer' (at least 1 ms, when it repeats)\n"
          "bad argument #1 to 'await' (function expected, got nil)\n"
          "bad argument #1 to 'semaphore' (number expected, got string)\n"
          "bad argument #2 to 'deadline' (function expected, got nil)\n"
          "bad argument #1 to 'race' (it needs a function)\n"
          "bad argument #1 to 'all' (table expected, got nil)\n"
          "bad argument #1 to 'join' (number expected, got string)\n");
}

static void nothing_waits_while_the_app_is_loading(void **state)
{
    serve("/loading", "cannot wait here;cannot wait here;cannot wait here;"
                      "cannot wait here");
}

static void a_client_that_leaves_cancels_what_belongs_to_it(void **state)
{
    vm v;
    client c;

    vm_open(&v, app);
    client_get(&c, &v, "/leaves");
    for (int i = 0; i < 10; i++) {
        vm_turn(&v, &c, 1, 1);
    }
    CHECK(vm_logged(&v, "tick"));
    CHECK(tasks_of(&v) == 6);
    client_leave(&c);
    for (int i = 0; i < 100; i++) {
        vm_turn(&v, NULL, 0, 1);
    }
    CHECK(vm_logged(&v, "tied ended err=cancelled"));
    CHECK(vm_logged(&v, "middle ended err=cancelled"));
    CHECK(vm_logged(&v, "nested ended err=cancelled"));
    CHECK(vm_logged(&v, "handler ended err=cancelled"));
    CHECK(vm_logged(&v, "write ended err=aborted"));
    CHECK(vm_logged(&v, "late ended err=cancelled"));
    CHECK(!vm_logged(&v, "free ended err"));
    CHECK(vm_logged(&v, "free ended"));
    CHECK(vm_logged(&v, "freed ended"));
    CHECK(!vm_logged(&v, "freed ended err"));
    CHECK(tasks_of(&v) == 0);
    sl_buffer_deinit(&c.got);
    vm_close(&v);
}

static void a_vm_is_closed_while_tasks_wait_for_each_other(void **state)
{
    static const char *const targets[] = {
        "/cancel/thousands", "/deadline", "/all", "/channel", "/leaves",
    };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        vm v;
        client c;

        vm_open(&v, app);
        client_get(&c, &v, targets[i]);
        vm_turn(&v, &c, 1, 1);
        vm_turn(&v, &c, 1, 1);
        sl_script_destroy(v.script);
        v.script = NULL;
        CHECK(client_end(&c));
        vm_close(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_returns_what_the_function_returned),
        cmocka_unit_test(a_join_returns_the_error_of_the_function),
        cmocka_unit_test(nobody_joins_himself),
        cmocka_unit_test(cancel_ends_what_waits_and_what_has_not_begun),
        cmocka_unit_test(cancelling_thousands_leaves_nothing),
        cmocka_unit_test(semaphores_let_so_many_pass),
        cmocka_unit_test(a_permit_is_not_lost_to_who_gave_up),
        cmocka_unit_test(channels_hand_over_in_order),
        cmocka_unit_test(an_await_is_resumed_once),
        cmocka_unit_test(a_group_leaves_nobody_behind),
        cmocka_unit_test(a_deadline_reaches_into_sub_calls),
        cmocka_unit_test(a_timer_goes_on_after_an_error),
        cmocka_unit_test(misuse_names_the_function_and_the_argument),
        cmocka_unit_test(nothing_waits_while_the_app_is_loading),
        cmocka_unit_test(a_client_that_leaves_cancels_what_belongs_to_it),
        cmocka_unit_test(a_vm_is_closed_while_tasks_wait_for_each_other),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    setenv("SLUICE_TEST_HOT", "1", 1);
    return failed + cmocka_run_group_tests_name("hot", tests, NULL, NULL);
}
