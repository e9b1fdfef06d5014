/* What a worker does with all of its generations. There is one nearly always,
 * so that this costs a loop of one step. */
#include "worker/generation.h"
#include "worker/worker.h"

static sl_generation *of(sl_list *link)
{
    return SL_CONTAINER(link, sl_generation, link);
}

/* While it closes, what is answered late could begin something again, and so it
 * would not end. */
static bool is_running(const sl_generation *generation)
{
    return generation->phase != SL_GENERATION_CLOSING;
}

bool sl_generations_run(sl_worker *worker)
{
    bool ran = false;

    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        ran = (is_running(of(link)) && sl_script_run(of(link)->script)) || ran;
    }
    return ran;
}

/* One that starts or ends may have to be looked at in a turn of its own. */
bool sl_generations_are_runnable(const sl_worker *worker)
{
    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        if (is_running(of(link)) && sl_script_is_runnable(of(link)->script)) {
            return true;
        }
    }
    return false;
}

void sl_generations_describe(const sl_worker *worker, sl_script_stat *sum)
{
    *sum = worker->gone;
    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        sl_script_stat stat;

        sl_script_describe(of(link)->script, &stat);
        sum->handlers += stat.handlers;
        sum->waiting += stat.waiting;
        sum->tasks += stat.tasks;
        sum->memory_bytes += stat.memory_bytes;
        sum->busy += stat.busy;
        sum->no_memory += stat.no_memory;
        sum->late += stat.late;
    }
}

uint32_t sl_generations_count_anchors(const sl_worker *worker)
{
    uint32_t count = 0;

    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        count += sl_script_count_anchors(of(link)->script);
    }
    return count;
}

uint32_t sl_generations_count_old(const sl_worker *worker)
{
    uint32_t count = 0;

    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        count += of(link)->script != worker->script;
    }
    return count;
}

void sl_generations_shut_down(sl_worker *worker)
{
    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        sl_script_shutdown(of(link)->script);
    }
}

void sl_generations_cancel(sl_worker *worker)
{
    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        sl_script_cancel_all(of(link)->script);
    }
}

/* Only who was current, or was before, has started. */
static bool has_started(const sl_generation *generation)
{
    return generation->phase == SL_GENERATION_CURRENT ||
           generation->phase == SL_GENERATION_OLD;
}

bool sl_generations_stop(sl_worker *worker)
{
    bool stopped = true;

    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        sl_generation *generation = of(link);

        if (has_started(generation)) {
            generation->phase = SL_GENERATION_STOPPING;
            generation->end_ms = UINT64_MAX; /* that of the worker */
            sl_script_begin_step(generation->script, "stop", NULL, 0);
        }
        stopped = stopped && generation->phase != SL_GENERATION_STOPPING;
    }
    return stopped;
}

/* Who looks at a variable is in one turn for minutes: that is no reason to be
 * killed. */
void sl_generations_show_hooks(const sl_worker *worker)
{
    bool hooked = false;

    for (sl_list *link = worker->generations.next; link != &worker->generations;
         link = link->next) {
        hooked = hooked || of(link)->is_hooked;
    }
    sl_heartbeat_show(worker->heartbeat->debugged, hooked);
}

void sl_generation_on_hook(void *context, bool is_hooked)
{
    sl_generation *generation = context;

    generation->is_hooked = is_hooked;
    sl_generations_show_hooks(generation->worker);
}
