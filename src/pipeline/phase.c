#include "pipeline/phase.h"

static const struct move {
    sl_phase from;
    sl_phase_event event;
    sl_phase to;
} moves[] = {
    {SL_PHASE_HEAD, SL_PHASE_COMMITS, SL_PHASE_BODY},
    {SL_PHASE_HEAD, SL_PHASE_FAILS, SL_PHASE_ABORTED},
    {SL_PHASE_BODY, SL_PHASE_ENDS, SL_PHASE_DONE},
    {SL_PHASE_BODY, SL_PHASE_FAILS, SL_PHASE_ABORTED},
};

sl_status sl_phase_step(sl_phase *phase, sl_phase_event event)
{
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (moves[i].from == *phase && moves[i].event == event) {
            *phase = moves[i].to;
            return SL_OK;
        }
    }
    return SL_EINVAL;
}
