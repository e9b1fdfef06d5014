/* What the supervisor decides: how many workers, which sockets, when again. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/activation.h"
#include "supervisor/backoff.h"
#include "supervisor/cpus.h"
#include "worker/channel.h"
#include "worker/heartbeat.h"

#include "check.h"

/* --- Processors ------------------------------------------------------------ */

static void a_quota_is_rounded_up(void **state)
{
    CHECK(sl_cpus_of_v2("150000 100000\n") == 2);
    CHECK(sl_cpus_of_v2("200000 100000\n") == 2);
    CHECK(sl_cpus_of_v2("1000 100000\n") == 1);
    CHECK(sl_cpus_of_v1("150000\n", "100000\n") == 2);
    CHECK(sl_cpus_of_v1("50000\n", "100000\n") == 1);
}

static void no_quota_is_no_limit(void **state)
{
    CHECK(sl_cpus_of_v2("max 100000\n") == 0);
    CHECK(sl_cpus_of_v2("") == 0);
    CHECK(sl_cpus_of_v2("100000") == 0);
    CHECK(sl_cpus_of_v1("-1\n", "100000\n") == 0);
    CHECK(sl_cpus_of_v1("100000\n", "0\n") == 0);
    CHECK(sl_cpus_of_v1("", "") == 0);
}

static char root[] = "/tmp/sluice-cgroup-XXXXXX";

/* A file below the root, with the folders that it needs. */
static void put(const char *path, const char *text)
{
    char full[256];
    FILE *file;

    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = full + strlen(root) + 1;
         (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    file = fopen(full, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static int make_root(void **state)
{
    (void)snprintf(root, sizeof root, "/tmp/sluice-cgroup-XXXXXX");
    return mkdtemp(root) != NULL ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[64];

    (void)snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static void the_least_of_all_groups_above_counts(void **state)
{
    put("cpu.max", "800000 100000\n");
    put("a/cpu.max", "300000 100000\n");
    put("a/b/cpu.max", "max 100000\n");
    CHECK(sl_cpus_limit("0::/a/b\n", root) == 3);
    CHECK(sl_cpus_limit("0::/a\n", root) == 3);
    CHECK(sl_cpus_limit("0::/\n", root) == 8);
}

static void a_container_that_is_not_told_its_path_has_its_own_root(void **state)
{
    put("cpu.max", "200000 100000\n");
    CHECK(sl_cpus_limit("0::/system.slice/of-the-host\n", root) == 2);
}

static void the_first_version_has_a_folder_for_each_controller(void **state)
{
    static const char groups[] = "5:memory:/m\n4:cpu,cpuacct:/a\n1:name=x:/\n";

    put("cpu,cpuacct/a/cpu.cfs_quota_us", "120000\n");
    put("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
    put("memory/m/cpu.max", "100000 100000\n");
    CHECK(sl_cpus_limit(groups, root) == 2);
    CHECK(sl_cpus_limit("3:cpuset:/a\n", root) == 0);
}

static void the_folder_of_the_first_version_may_be_called_cpu(void **state)
{
    put("cpu/a/cpu.cfs_quota_us", "300000\n");
    put("cpu/a/cpu.cfs_period_us", "100000\n");
    CHECK(sl_cpus_limit("4:cpu,cpuacct:/a\n", root) == 3);
}

static void no_groups_are_no_limit(void **state)
{
    CHECK(sl_cpus_limit("", root) == 0);
    CHECK(sl_cpus_limit("nonsense\n::\n0::/a\n", root) == 0);
}

static void there_is_always_a_worker(void **state)
{
    CHECK(sl_cpus_count() >= 1);
}

/* --- Inherited sockets ----------------------------------------------------- */

static void sockets_for_this_process_are_counted(void **state)
{
    uint32_t count = 99;

    CHECK(sl_activation_read("123", "2", 123, &count) == SL_OK && count == 2);
    CHECK(sl_activation_read("123", "0", 123, &count) == SL_OK && count == 0);
}

static void sockets_for_another_process_are_left_alone(void **state)
{
    uint32_t count = 99;

    CHECK(sl_activation_read("123", "2", 124, &count) == SL_OK && count == 0);
    count = 99;
    CHECK(sl_activation_read(NULL, "2", 123, &count) == SL_OK && count == 0);
    count = 99;
    CHECK(sl_activation_read("123", NULL, 123, &count) == SL_OK && count == 0);
}

static void variables_that_make_no_sense_are_refused(void **state)
{
    uint32_t count = 99;

    CHECK(sl_activation_read("123", "two", 123, &count) == SL_EINVAL);
    CHECK(sl_activation_read("123", "-1", 123, &count) == SL_EINVAL);
    CHECK(sl_activation_read("", "1", 123, &count) == SL_EINVAL);
    CHECK(sl_activation_read("123", "1000000", 123, &count) == SL_EINVAL);
    CHECK(count == 99);
}

/* --- Replacement ----------------------------------------------------------- */

static void the_first_death_costs_no_time(void **state)
{
    uint32_t failures = 0;

    CHECK(sl_backoff_next(&failures, 60000) == 0);
    CHECK(sl_backoff_next(&failures, 60000) == 0);
    CHECK(failures == 1);
}

static void each_early_death_doubles_the_wait(void **state)
{
    static const uint64_t expected[] = {0,    100,  200,  400,   800,
                                        1600, 3200, 6400, 10000, 10000};
    uint32_t failures = 0;

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        CHECK(sl_backoff_next(&failures, 0) == expected[i]);
    }
}

static void the_wait_is_short_for_who_came_to_serve(void **state)
{
    static const uint64_t expected[] = {0, 100, 200, 400, 800, 1000, 1000};
    uint32_t failures = 0;

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        CHECK(sl_backoff_next(&failures, 20) == expected[i]);
    }
}

static void the_wait_has_an_end_after_any_number_of_failures(void **state)
{
    uint32_t failures = UINT32_MAX - 1;

    CHECK(sl_backoff_next(&failures, 0) == 10000);
}

static void a_life_of_twice_the_wait_forgives_the_failures_before(void **state)
{
    uint32_t failures = 3;

    CHECK(sl_backoff_next(&failures, 799) == 400);
    CHECK(sl_backoff_next(&failures, 1600) == 0);
    CHECK(failures == 1);
    CHECK(sl_backoff_next(&failures, 199) == 100);
    failures = 100;
    CHECK(sl_backoff_next(&failures, 2000) == 0);
}

/* --- The channel ----------------------------------------------------------- */

static void messages_arrive_one_by_one_with_their_texts(void **state)
{
    sl_message message;
    int ends[2];

    CHECK(sl_channel_create(ends) == SL_OK);
    CHECK(sl_channel_receive(ends[1], &message) == SL_EMPTY);
    sl_channel_send(ends[0], SL_SAYS_READY, NULL);
    sl_channel_send(ends[0], SL_SAYS_FAILED, "why\nnot");
    CHECK(sl_channel_receive(ends[1], &message) == SL_OK);
    CHECK(message.kind == SL_SAYS_READY);
    assert_string_equal(message.text, "");
    CHECK(sl_channel_receive(ends[1], &message) == SL_OK);
    CHECK(message.kind == SL_SAYS_FAILED);
    assert_string_equal(message.text, "why\nnot");
    CHECK(sl_channel_receive(ends[1], &message) == SL_EMPTY);
    close(ends[0]);
    CHECK(sl_channel_receive(ends[1], &message) == SL_EABORTED);
    close(ends[1]);
}

static void a_long_text_is_cut(void **state)
{
    static char text[2 * SL_MESSAGE_TEXT];
    sl_message message;
    int ends[2];

    memset(text, 'x', sizeof text - 1);
    CHECK(sl_channel_create(ends) == SL_OK);
    sl_channel_send(ends[0], SL_SAYS_FAILED, text);
    CHECK(sl_channel_receive(ends[1], &message) == SL_OK);
    CHECK(strlen(message.text) == SL_MESSAGE_TEXT - 1);
    CHECK(sl_channel_receive(ends[1], &message) == SL_EMPTY);
    close(ends[0]);
    close(ends[1]);
}

static void who_does_not_read_keeps_nobody_waiting(void **state)
{
    int ends[2];

    CHECK(sl_channel_create(ends) == SL_OK);
    for (int i = 0; i < 10000; i++) {
        sl_channel_send(ends[0], SL_TOLD_REOPEN, NULL);
    }
    close(ends[1]);
    sl_channel_send(ends[0], SL_TOLD_REOPEN, NULL); /* nobody is there */
    close(ends[0]);
}

/* --- The heartbeat --------------------------------------------------------- */

static void a_page_is_seen_by_both(void **state)
{
    sl_heartbeat *ours;
    sl_heartbeat *theirs;
    int fd;

    CHECK(sl_heartbeat_create(&ours, &fd) == SL_OK);
    theirs = sl_heartbeat_map(fd);
    CHECK(theirs != NULL && theirs != ours);
    sl_heartbeat_show(theirs->connections, 7);
    CHECK(sl_heartbeat_see(ours->connections) == 7);
    sl_heartbeat_unmap(ours);
    sl_heartbeat_unmap(theirs);
}

static void what_is_no_page_is_not_mapped(void **state)
{
    CHECK(sl_heartbeat_map(-1) == NULL);
    CHECK(sl_heartbeat_map(open("/dev/null", O_RDWR)) == NULL);
}

static void a_turn_is_odd_while_it_runs(void **state)
{
    sl_heartbeat page = {0};

    sl_heartbeat_run(&page);
    CHECK(sl_heartbeat_see(page.turn) == 1);
    sl_heartbeat_run(&page);
    CHECK(sl_heartbeat_see(page.turn) == 1);
    sl_heartbeat_wait(&page);
    CHECK(sl_heartbeat_see(page.turn) == 2);
    sl_heartbeat_run(&page);
    CHECK(sl_heartbeat_see(page.turn) == 3);
}

static void the_last_requests_come_newest_first(void **state)
{
    char text[SL_HEARTBEAT_IDS * SL_HEARTBEAT_ID_SIZE];
    char id[SL_HEARTBEAT_ID_SIZE];
    sl_heartbeat page = {0};

    sl_heartbeat_last_ids(&page, 3, text);
    assert_string_equal(text, "");
    for (int i = 1; i <= 20; i++) {
        (void)snprintf(id, sizeof id, "%016d", i);
        sl_heartbeat_note_request(&page, (sl_span){id, strlen(id)});
    }
    sl_heartbeat_last_ids(&page, 2, text);
    assert_string_equal(text, "0000000000000020 0000000000000019");
    for (int i = 1; i <= 20; i++) { /* as long as an id can be */
        (void)snprintf(id, sizeof id, "%0*d", SL_HEARTBEAT_ID_SIZE - 1, i);
        sl_heartbeat_note_request(&page, (sl_span){id, strlen(id)});
    }
    sl_heartbeat_last_ids(&page, 100, text);
    CHECK(strlen(text) == SL_HEARTBEAT_IDS * SL_HEARTBEAT_ID_SIZE - 1);
    assert_string_equal(text + sizeof text - 4, "013");
}

#define WITH_ROOT(test) \
    cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quota_is_rounded_up),
        cmocka_unit_test(no_quota_is_no_limit),
        WITH_ROOT(the_least_of_all_groups_above_counts),
        WITH_ROOT(a_container_that_is_not_told_its_path_has_its_own_root),
        WITH_ROOT(the_first_version_has_a_folder_for_each_controller),
        WITH_ROOT(the_folder_of_the_first_version_may_be_called_cpu),
        WITH_ROOT(no_groups_are_no_limit),
        cmocka_unit_test(there_is_always_a_worker),
        cmocka_unit_test(sockets_for_this_process_are_counted),
        cmocka_unit_test(sockets_for_another_process_are_left_alone),
        cmocka_unit_test(variables_that_make_no_sense_are_refused),
        cmocka_unit_test(the_first_death_costs_no_time),
        cmocka_unit_test(each_early_death_doubles_the_wait),
        cmocka_unit_test(the_wait_is_short_for_who_came_to_serve),
        cmocka_unit_test(the_wait_has_an_end_after_any_number_of_failures),
        cmocka_unit_test(a_life_of_twice_the_wait_forgives_the_failures_before),
        cmocka_unit_test(messages_arrive_one_by_one_with_their_texts),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(who_does_not_read_keeps_nobody_waiting),
        cmocka_unit_test(a_page_is_seen_by_both),
        cmocka_unit_test(what_is_no_page_is_not_mapped),
        cmocka_unit_test(a_turn_is_odd_while_it_runs),
        cmocka_unit_test(the_last_requests_come_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
