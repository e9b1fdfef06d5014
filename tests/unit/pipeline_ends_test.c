/* Ends of a response that the model test has found: what is aborted, taken
 * back or left behind.
 */
#include "sink.h"

static const uint32_t ASYNC = SL_ASYNC | SL_MORE_DATA;

static void an_abort_before_the_commit_commits_nothing(void **state)
{
    sink s;
    sl_response_stat stat;

    sink_open(&s, &sl_pipeline_defaults);
    CHECK(sl_response_abort(s.response, s.generation) == SL_OK);
    CHECK(sl_response_describe(s.response, s.generation, &stat) == SL_OK);
    CHECK(!stat.committed && stat.failure == SL_EABORTED);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_abort_before_the_commit_commits_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
