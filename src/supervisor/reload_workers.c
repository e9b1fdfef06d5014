/* The workers' part of a reload: prepare in all, then switch in all, or in none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/supervisor.h"
#include "worker/channel.h"

/* What workers get beyond start_timeout to load, and to say what came of it. */
enum { LOAD_MS = 5000, NUMBER = 16 };

/* Each that was asked; those that become ready too late forget it, too. */
static void tell(sl_supervisor *supervisor, sl_message_kind when_ready)
{
    char number[NUMBER];

    (void)snprintf(number, sizeof number, "%u", supervisor->reload.number);
    for (sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        sl_child *child = SL_CONTAINER(link, sl_child, link);
        bool switches =
            child->asked == SL_ASKED_READY && when_ready == SL_TOLD_COMMIT;

        if (child->asked != SL_ASKED_NOT) {
            sl_channel_send(child->channel,
                            switches ? SL_TOLD_COMMIT : SL_TOLD_ROLL_BACK,
                            number);
            child->asked = switches ? SL_ASKED_READY : SL_ASKED_NOT;
        }
    }
}

/* Only when all have switched it is told: who asks then gets the new one. */
static void look_at_switch(sl_supervisor *supervisor)
{
    for (sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        if (SL_CONTAINER(link, sl_child, link)->asked != SL_ASKED_NOT) {
            return;
        }
    }
    sl_reload_finish(supervisor, NULL);
    sl_reload_on_settled(supervisor);
}

static void commit(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    reload->phase = SL_RELOAD_COMMITTING;
    tell(supervisor, SL_TOLD_COMMIT);
    sl_reload_drop(&reload->sources);
    reload->sources = reload->candidate;
    reload->candidate = -1;
    sl_slots_end_stale(supervisor);
    look_at_switch(supervisor);
}

static void roll_back(sl_supervisor *supervisor, const char *error)
{
    tell(supervisor, SL_TOLD_ROLL_BACK);
    sl_reload_drop(&supervisor->reload.candidate);
    sl_reload_finish(supervisor, error);
    sl_reload_on_settled(supervisor);
}

/* --- Preparing ---------------------------------------------------------------- */

static void ask(sl_child *child)
{
    sl_reload *reload = &child->supervisor->reload;
    char number[NUMBER];

    (void)snprintf(number, sizeof number, "%u", reload->number);
    child->asked = SL_ASKED;
    sl_channel_send_fd(child->channel, SL_TOLD_PREPARE, number,
                       reload->candidate);
}

/* Nobody may serve at the moment: those who will start on the new version. */
static void look(sl_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->count; i++) {
        const sl_child *child = supervisor->slots[i].current;

        if (child != NULL && child->asked == SL_ASKED) {
            return;
        }
    }
    commit(supervisor);
}

static void on_deadline(uv_timer_t *handle)
{
    sl_supervisor *supervisor = handle->data;

    if (supervisor->reload.phase == SL_RELOAD_COMMITTING) {
        tell(supervisor, SL_TOLD_ROLL_BACK); /* one is stuck, and will end */
        look_at_switch(supervisor);
    } else {
        roll_back(supervisor, "a worker does not come to the end of its start");
    }
}

void sl_reload_prepare(sl_supervisor *supervisor)
{
    sl_reload *reload = &supervisor->reload;

    reload->phase = SL_RELOAD_PREPARING;
    uv_timer_start(&reload->deadline, on_deadline,
                   (uint64_t)supervisor->settings->start_timeout_ms + LOAD_MS,
                   0);
    for (uint32_t i = 0; i < supervisor->count; i++) {
        if (supervisor->slots[i].current != NULL) {
            ask(supervisor->slots[i].current);
        }
    }
    look(supervisor);
}

void sl_reload_on_serving(sl_child *child)
{
    sl_reload *reload = &child->supervisor->reload;

    if (reload->phase == SL_RELOAD_PREPARING) {
        ask(child);
    } else if (reload->phase == SL_RELOAD_IDLE && reload->again) {
        sl_reload_on_settled(child->supervisor);
    }
}

static bool is_meant(const sl_child *child, sl_asked asked, const char *text)
{
    const sl_reload *reload = &child->supervisor->reload;

    return child->asked == asked && strtoul(text, NULL, 10) == reload->number;
}

void sl_reload_on_prepared(sl_child *child, const char *text)
{
    if (is_meant(child, SL_ASKED, text)) {
        child->asked = SL_ASKED_READY;
        look(child->supervisor);
    }
}

void sl_reload_on_refused(sl_child *child, const char *text)
{
    const char *why = strchr(text, ' ');

    if (is_meant(child, SL_ASKED, text)) {
        child->asked = SL_ASKED_NOT; /* it has forgotten it already */
        roll_back(child->supervisor, why != NULL ? why + 1 : text);
    }
}

void sl_reload_on_switched(sl_child *child, const char *text)
{
    if (is_meant(child, SL_ASKED_READY, text)) {
        child->asked = SL_ASKED_NOT;
        look_at_switch(child->supervisor);
    }
}

/* One that was ready is followed by one that starts on the winner. */
void sl_reload_on_death(sl_child *child)
{
    bool was_preparing = child->asked == SL_ASKED;

    child->asked = SL_ASKED_NOT;
    if (was_preparing) {
        roll_back(child->supervisor, "a worker has ended while it prepared");
    } else if (child->supervisor->reload.phase == SL_RELOAD_COMMITTING) {
        look_at_switch(child->supervisor);
    }
}
