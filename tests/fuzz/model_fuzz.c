/* Operations of responses against the model of tests/model; the input is what
 * the sequences draw, so that a fuzzer can steer them. */
#include "../model/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world w; /* large, and used from start to end */
    static bool is_ready;

    if (!is_ready) {
        world_init(&w);
        w.report.program = "fuzz-model";
        report_watch(&w.report);
        is_ready = true;
    }
    w.report.seed = size;
    rng_feed(&w.random, data, size);
    sequence_run(&w);
    rng_feed(&w.random, NULL, 0);
    return 0;
}
