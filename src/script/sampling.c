#include "script/sampling_stack.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "base/memory.h"
#include "script/task.h"

enum {
    MOST_STACKS = 20000, /* different ones; beyond, they are one */
    SLOTS = 65536        /* more than that, a power of two */
};

typedef struct sample {
    char *stack; /* NULL: the slot is free */
    uint64_t count;
} sample;

/* A signal handler is given no context. */
static struct sampling {
    bool is_active;
    struct sigaction vm;      /* what LuaJIT does at SIGPROF */
    struct itimerval vm_time; /* and when it would come by itself */
    const sl_script *volatile script;
    volatile sig_atomic_t is_asked;  /* the VM, for a sample */
    volatile sig_atomic_t is_called; /* or by somebody else */
    volatile uint64_t outside;       /* ticks while no Lua ran */
    sample *samples;
    size_t count; /* of them */
    sl_buffer text;
} sampling;

/* --- Ticks ----------------------------------------------------------------------- */

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (sampling.vm.sa_flags & SA_SIGINFO) {
        sampling.vm.sa_sigaction(number, info, context);
    } else if (sampling.vm.sa_handler != SIG_DFL &&
               sampling.vm.sa_handler != SIG_IGN) {
        sampling.vm.sa_handler(number);
    }
}

/* LuaJIT would count time outside of Lua to whatever runs next. */
static void on_tick(int number, siginfo_t *info, void *context)
{
    const sl_script *script = sampling.script;
    bool is_timer = info->si_code == SI_KERNEL;

    if (is_timer && (script == NULL || script->running == NULL)) {
        sampling.outside++;
        return;
    }
    if (is_timer) {
        sampling.is_asked = 1;
    } else {
        sampling.is_called = 1;
    }
    pass_on(number, info, context);
}

/* In front of what LuaJIT does: it has to be watched by then. */
static void arm(void)
{
    struct sigaction action = {.sa_sigaction = on_tick,
                               .sa_flags = SA_RESTART | SA_SIGINFO};
    struct itimerval often = {{0, SL_SAMPLING_US}, {0, SL_SAMPLING_US}};

    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPROF, &action, &sampling.vm);
    (void)setitimer(ITIMER_PROF, &often, &sampling.vm_time);
}

static void disarm(void)
{
    (void)setitimer(ITIMER_PROF, &sampling.vm_time, NULL);
    (void)sigaction(SIGPROF, &sampling.vm, NULL);
}

void sl_sampling_watch(const sl_script *script)
{
    sampling.script = script;
    if (sampling.is_active && script != NULL) {
        arm();
    }
}

/* --- Samples --------------------------------------------------------------------- */

static uint32_t hash(const char *text, size_t len)
{
    uint32_t sum = 2166136261;

    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ (unsigned char)text[i]) * 16777619;
    }
    return sum;
}

static sample *find(const char *stack, size_t len)
{
    for (uint32_t at = hash(stack, len);; at++) {
        sample *s = &sampling.samples[at % SLOTS];

        if (s->stack == NULL ||
            (strlen(s->stack) == len && memcmp(s->stack, stack, len) == 0)) {
            return s;
        }
    }
}

static void count(const char *stack, size_t len)
{
    static const char others[] = "(other stacks)";
    sample *s = find(stack, len);

    if (s->stack == NULL && sampling.count >= MOST_STACKS) {
        stack = others;
        len = sizeof others - 1;
        s = find(stack, len);
    }
    if (s->stack == NULL) {
        s->stack = sl_calloc(1, len + 1);
        memcpy(s->stack, stack, len);
        sampling.count++;
    }
    s->count++;
}

/* --- One sample ------------------------------------------------------------------ */

static const char *name_of(int vm_state)
{
    switch (vm_state) {
    case 'N':
        return "[compiled]";
    case 'I':
        return "[interpreted]";
    case 'G':
        return "[GC]";
    case 'J':
        return "[compiler]";
    default:
        return "[C]";
    }
}

static void take(const sl_script *script, lua_State *lua, int vm_state)
{
    sl_buffer *text = &sampling.text;

    sl_buffer_consume(text, sl_buffer_len(text));
    sl_sampling_append_root(text, script, script->running);
    if (script->running->lua != lua) {
        sl_sampling_append_stack(text, script->running->lua);
    }
    sl_sampling_append_stack(text, lua);
    sl_buffer_printf(text, "%s", name_of(vm_state));
    count(sl_buffer_data(text), sl_buffer_len(text));
}

bool sl_sampling_take(const sl_script *script, void *state, int vm_state)
{
    bool is_asked = sampling.is_asked != 0;
    bool is_called = sampling.is_called != 0;

    sampling.is_asked = 0;
    sampling.is_called = 0;
    if (is_asked && script->running != NULL) {
        take(script, state, vm_state);
    } else if (is_asked) {
        sampling.outside++; /* it has ended meanwhile */
    }
    return is_asked && !is_called;
}
/* --- Its beginning and end ------------------------------------------------------- */

bool sl_sampling_start(void)
{
    if (sampling.is_active) {
        return false;
    }
    sampling.is_active = true;
    sampling.is_asked = 0;
    sampling.outside = 0;
    sampling.count = 0;
    sampling.samples = sl_calloc(SLOTS, sizeof *sampling.samples);
    if (sampling.script != NULL) {
        arm();
    }
    return true;
}

void sl_sampling_stop(sl_buffer *folded)
{
    if (sampling.script != NULL) {
        disarm();
    }
    sampling.is_active = false;
    sampling.is_asked = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const sample *s = &sampling.samples[i];

        if (s->stack != NULL) {
            sl_buffer_printf(folded, "%s %llu\n", s->stack,
                             (unsigned long long)s->count);
            sl_free(s->stack);
        }
    }
    if (sampling.outside > 0) {
        sl_buffer_printf(folded, "(the server itself);[C] %llu\n",
                         (unsigned long long)sampling.outside);
    }
    sl_free(sampling.samples);
    sampling.samples = NULL;
    sl_buffer_deinit(&sampling.text);
}
