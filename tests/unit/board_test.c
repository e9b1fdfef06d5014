/* The numbers that processes share: bounded, summed, and not believed. */
#include "worker/board.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

static sl_meter_family family(const char *name, sl_meter_kind kind)
{
    sl_meter_family made = {.kind = kind};

    strcpy(made.name, name);
    return made;
}

static sl_meter_series *series(sl_board *board, const char *name,
                               sl_meter_kind kind, const char *labels)
{
    sl_meter_family wanted = family(name, kind);
    int number = sl_meters_family(&board->meters, &wanted);

    return sl_meters_series(&board->meters, number, labels, strlen(labels));
}

static void count_hello(sl_board *board, int status, uint64_t took_us)
{
    uint32_t route = sl_traffic_route(&board->traffic, "/hello", 6);

    sl_traffic_note(&board->traffic, route, (sl_span){"GET", 3}, status,
                    took_us, took_us);
}

static void
a_value_is_in_the_bucket_of_the_bound_that_it_does_not_exceed(void **state)
{
    static const sl_bounds bounds = {5, {1, 2, 3, 4, 5}};

    for (uint64_t value = 1; value <= 5; value++) {
        CHECK(sl_bounds_find(&bounds, value) == value - 1);
    }
    CHECK(sl_bounds_find(&bounds, 0) == 0);
    CHECK(sl_bounds_find(&bounds, 6) == 5);
    for (uint32_t i = 0; i < sl_tally_times.count; i++) {
        CHECK(sl_bounds_find(&sl_tally_times, sl_tally_times.most[i]) == i);
        CHECK(sl_bounds_find(&sl_tally_times, sl_tally_times.most[i] + 1) ==
              i + 1);
    }
}

static void check_tally(sl_tally *tally, uint64_t value)
{
    uint32_t pieces = sl_bounds_find(&sl_tally_pieces, value);
    uint32_t bytes = sl_bounds_find(&sl_tally_bytes, value);

    *tally = (sl_tally){0};
    sl_tally_note_pieces(tally, value);
    sl_tally_note_sent(tally, value);
    CHECK(sl_counter_see(&tally->pieces.counts[pieces]) == 1);
    CHECK(sl_counter_see(&tally->sends.counts[bytes]) == 1);
    CHECK(sl_counter_see(&tally->pieces.sum) == value);
    CHECK(sl_counter_see(&tally->sends.sum) == value);
}

static void what_is_not_looked_for_is_in_its_bucket_too(void **state)
{
    static sl_tally tally;

    for (uint64_t value = 0; value < 2000; value++) {
        check_tally(&tally, value);
    }
    for (int bits = 10; bits < 40; bits++) {
        check_tally(&tally, (UINT64_C(1) << bits) - 1);
        check_tally(&tally, UINT64_C(1) << bits);
        check_tally(&tally, (UINT64_C(1) << bits) + 1);
    }
}

static void the_same_name_and_labels_are_the_same_series(void **state)
{
    sl_board *board = sl_board_create();
    sl_meter_series *one =
        series(board, "a_total", SL_METER_COUNTER, "x=\"1\"");

    CHECK(one == series(board, "a_total", SL_METER_COUNTER, "x=\"1\""));
    CHECK(one != series(board, "a_total", SL_METER_COUNTER, "x=\"2\""));
    CHECK(one != series(board, "b_total", SL_METER_COUNTER, "x=\"1\""));
    CHECK(sl_counter_see(&board->meters.refused) == 0);
    sl_board_unmap(board);
}

static void a_name_that_means_something_else_retires_what_it_meant(void **state)
{
    sl_board *board = sl_board_create();
    sl_board *sum = sl_board_create();

    series(board, "a", SL_METER_COUNTER, "")->value = 5;
    series(board, "a", SL_METER_GAUGE, "")->value = 7;
    sl_board_add(sum, board, true);
    CHECK(sum->meters.nfamilies == 1 && sum->meters.nseries == 1);
    CHECK(sum->meters.series[0].value == 7);
    sl_board_unmap(board);
    sl_board_unmap(sum);
}

static void what_is_one_too_many_is_refused_and_counted(void **state)
{
    sl_board *board = sl_board_create();
    char text[SL_METER_LABELS + 1];

    for (int i = 0; i < SL_METER_SERIES; i++) {
        (void)snprintf(text, sizeof text, "n=\"%d\"", i);
        CHECK(series(board, "a_total", SL_METER_COUNTER, text) != NULL);
    }
    CHECK(series(board, "a_total", SL_METER_COUNTER, "more") == NULL);
    CHECK(series(board, "a_total", SL_METER_COUNTER, "n=\"7\"") != NULL);
    for (int i = 1; i < SL_METER_FAMILIES; i++) {
        sl_meter_family wanted = {.kind = SL_METER_GAUGE};

        (void)snprintf(wanted.name, sizeof wanted.name, "g%d", i);
        CHECK(sl_meters_family(&board->meters, &wanted) == i);
    }
    {
        sl_meter_family wanted = family("more", SL_METER_GAUGE);

        CHECK(sl_meters_family(&board->meters, &wanted) == -1);
    }
    CHECK(sl_counter_see(&board->meters.refused) == 2);
    sl_board_unmap(board);
}

static void labels_that_are_too_long_are_refused(void **state)
{
    sl_board *board = sl_board_create();
    char text[SL_METER_LABELS + 1] = {0};

    memset(text, 'x', SL_METER_LABELS);
    CHECK(series(board, "a_total", SL_METER_COUNTER, text) == NULL);
    text[SL_METER_LABELS - 1] = '\0';
    CHECK(series(board, "a_total", SL_METER_COUNTER, text) != NULL);
    sl_board_unmap(board);
}

static void routes_beyond_the_last_place_are_one(void **state)
{
    sl_board *board = sl_board_create();
    char text[32];

    for (uint32_t i = 2; i < SL_ROUTES; i++) {
        int len = snprintf(text, sizeof text, "/%u", i);

        CHECK(sl_traffic_route(&board->traffic, text, (size_t)len) == i);
    }
    CHECK(sl_traffic_route(&board->traffic, "/a", 2) == SL_ROUTE_OTHER);
    CHECK(sl_traffic_route(&board->traffic, "/2", 2) == 2);
    CHECK(sl_counter_see(&board->traffic.refused) == 1);
    CHECK(sl_traffic_route(NULL, "/a", 2) == SL_ROUTE_NONE);
    sl_board_unmap(board);
}

static void who_has_ended_leaves_counters_and_no_gauges(void **state)
{
    sl_board *ended = sl_board_create();
    sl_board *alive = sl_board_create();
    sl_board *sum = sl_board_create();
    const sl_route_traffic *hello;

    (void)sl_traffic_route(&alive->traffic, "/other", 6); /* another order */
    count_hello(ended, 200, 50);
    count_hello(alive, 200, 200);
    count_hello(alive, 404, 700);
    sl_counter_show(&ended->shown.accepted, 3);
    sl_counter_show(&ended->shown.connections, 3);
    sl_counter_show(&alive->shown.accepted, 2);
    sl_counter_show(&alive->shown.connections, 2);
    sl_tally_note_sent(&ended->tally, 10);
    sl_tally_note_sent(&alive->tally, 5);
    sl_histogram_note(&ended->tally.turns, &sl_tally_times, 10);
    series(ended, "c_total", SL_METER_COUNTER, "")->value = 4;
    series(ended, "g", SL_METER_GAUGE, "")->value = 4;
    series(alive, "g", SL_METER_GAUGE, "")->value = 1;
    sl_board_add(sum, ended, false);
    sl_board_add(sum, alive, true);

    hello = &sum->traffic.routes[sl_traffic_route(&sum->traffic, "/hello", 6)];
    CHECK(sl_counter_see(&hello->answers[0][1]) == 2);
    CHECK(sl_counter_see(&hello->answers[0][3]) == 1);
    CHECK(sl_counter_see(&hello->durations.sum) == 950);
    CHECK(sl_counter_see(&sum->shown.accepted) == 5);
    CHECK(sl_counter_see(&sum->shown.connections) == 2);
    CHECK(sl_counter_see(&sum->tally.sends.sum) == 15);
    CHECK(sl_counter_see(&sum->tally.turns.counts[0]) == 1);
    CHECK(series(sum, "c_total", SL_METER_COUNTER, "")->value == 4);
    CHECK(series(sum, "g", SL_METER_GAUGE, "")->value == 1);
    sl_board_unmap(ended);
    sl_board_unmap(alive);
    sl_board_unmap(sum);
}

/* A process that was killed in the middle, or that a script has overwritten. */
static void a_board_full_of_nonsense_is_summed_without_harm(void **state)
{
    sl_board *nonsense = sl_board_create();
    sl_board *sum = sl_board_create();

    for (int round = 0; round < 8; round++) {
        unsigned seed = (unsigned)round;

        memset(nonsense, round == 0 ? 0xff : round, sizeof *nonsense);
        for (size_t i = 0; round > 3 && i < sizeof *nonsense; i++) {
            seed = seed * 1103515245U + 12345U;
            ((unsigned char *)nonsense)[i] = (unsigned char)(seed >> 16);
        }
        sl_board_add(sum, nonsense, true);
    }
    CHECK(sum->traffic.count <= SL_ROUTES);
    CHECK(sum->meters.nfamilies <= SL_METER_FAMILIES);
    CHECK(sum->meters.nseries <= SL_METER_SERIES);
    sl_board_unmap(nonsense);
    sl_board_unmap(sum);
}

static void every_other_method_is_counted_as_one(void **state)
{
    sl_board *board = sl_board_create();
    const sl_route_traffic *none = &board->traffic.routes[SL_ROUTE_NONE];
    static const sl_span methods[] = {
        {"GEX", 3}, {"PROPFIND", 8}, {"GE", 2}, {"OPTIONSX", 8}, {NULL, 0}};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        sl_traffic_note(&board->traffic, SL_ROUTE_NONE, methods[i], 200, 1, 0);
    }
    CHECK(sl_counter_see(&none->answers[SL_METHODS - 1][1]) == 5);
    for (int i = 0; i < SL_METHODS - 1; i++) {
        sl_span method = {sl_traffic_methods[i], strlen(sl_traffic_methods[i])};

        sl_traffic_note(&board->traffic, SL_ROUTE_NONE, method, 503, 1, 0);
        CHECK(sl_counter_see(&none->answers[i][4]) == 1);
    }
    sl_board_unmap(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_value_is_in_the_bucket_of_the_bound_that_it_does_not_exceed),
        cmocka_unit_test(what_is_not_looked_for_is_in_its_bucket_too),
        cmocka_unit_test(the_same_name_and_labels_are_the_same_series),
        cmocka_unit_test(
            a_name_that_means_something_else_retires_what_it_meant),
        cmocka_unit_test(what_is_one_too_many_is_refused_and_counted),
        cmocka_unit_test(labels_that_are_too_long_are_refused),
        cmocka_unit_test(routes_beyond_the_last_place_are_one),
        cmocka_unit_test(who_has_ended_leaves_counters_and_no_gauges),
        cmocka_unit_test(a_board_full_of_nonsense_is_summed_without_harm),
        cmocka_unit_test(every_other_method_is_counted_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
