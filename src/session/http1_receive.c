#include <assert.h>
#include <string.h>

#include "base/rare.h"
#include "http/forwarded.h"
#include "session/http1.h"

/* --- A head has arrived ------------------------------------------------------- */

static void put_hex(char *text, size_t digits, uint64_t number)
{
    for (size_t i = digits; i-- > 0; number >>= 4) {
        text[i] = "0123456789abcdef"[number & 15];
    }
}

/* Of 256 requests in a row only the last two digits differ. */
static void name_request(sl_session_env *env, sl_exchange *exchange)
{
    uint64_t id = env->next_id++;
    size_t size = sizeof env->id_text;
    char *text = sl_arena_take_text(&exchange->arena, size);

    if ((id & 255) == 0 || env->id_text[0] == '\0') {
        put_hex(env->id_text, 16, id);
    }
    memcpy(text, env->id_text, size);
    put_hex(text + 14, 2, id);
    exchange->request.parts[SL_PART_ID] = (sl_span){text, size - 1};
}

/* As somebody in front has named it, so that one id leads through all logs. */
SL_RARE static void take_name(sl_request *request)
{
    char id[SL_REQUEST_ID];
    size_t len = sl_request_id_read(&request->headers, id);

    if (len > 0) {
        sl_request_set_id(request, id, len);
    }
}

static void put_part(sl_request *request, int part, sl_span value)
{
    if (value.data != NULL) {
        request->parts[part] = value;
    }
}

/* Who asked, and how, as far as the proxy may say so. */
static void fill_origin(sl_session *session, sl_exchange *exchange)
{
    sl_request *request = &exchange->request;
    size_t peer_len = strlen(session->peer);
    sl_forwarded said;

    request->parts[SL_PART_PEER] = (sl_span){
        sl_arena_copy(&exchange->arena, session->peer, peer_len), peer_len};
    if (session->is_trusted) {
        said = sl_forwarded_read(&request->headers, &session->env->trusted);
        put_part(request, SL_PART_PEER, said.client);
        if (said.scheme.data != NULL) {
            sl_request_origin(request)->scheme = said.scheme;
        }
        put_part(request, SL_PART_HOST, said.host);
    }
}

/* The exchange takes over the arena in which the parser put the head. */
static void fill_request(sl_session *session, sl_exchange *exchange,
                         sl_request_head *head)
{
    sl_request *request = &exchange->request;

    assert(exchange->arena.blocks == NULL);
    exchange->arena = head->arena;
    sl_arena_init(&head->arena, &session->env->pipeline->arenas);
    request->headers = head->fields;
    request->headers.arena = &exchange->arena;
    request->version = head->version;
    request->is_head = head->method.len == 4 && *head->method.data == 'H';
    request->body_left = head->body_bytes;
    request->parts[SL_PART_METHOD] = head->method;
    request->parts[SL_PART_TARGET] = head->target;
    request->parts[SL_PART_PATH] = head->path;
    request->parts[SL_PART_QUERY] = head->query;
    request->parts[SL_PART_HOST] = head->host;
    fill_origin(session, exchange);
    name_request(session->env, exchange);
    if (session->takes_ids) {
        take_name(request);
    }
    exchange->response.interim_ok = head->version >= 11;
    exchange->response.trailers_ok = head->version >= 11;
    if (head->body_bytes == 0) {
        sl_request_end(request, SL_BODY_COMPLETE);
    }
}

/* Has it had as many requests as it may? Count those for which it matters. */
static bool is_spent(sl_session *session, bool keep_alive)
{
    uint32_t most = session->env->settings->max_requests;
    bool spent = most != 0 && session->served >= most;

    if (spent && keep_alive) {
        session->env->stat.spent++;
        session->env->stat.changes++;
    }
    return spent;
}

static void start_exchange(sl_session *session)
{
    sl_session_env *env = session->env;
    sl_request_head *head = sl_parser_head(session->parser);
    sl_exchange *exchange =
        sl_exchange_create(env->pipeline, &sl_http1_transport, NULL);
    sl_turn *turn;

    fill_request(session, exchange, head);
    turn = sl_arena_take(&exchange->arena, sizeof *turn);
    session->served++;
    *turn = (sl_turn){
        .session = session,
        .exchange = exchange,
        .keeps_alive = !is_spent(session, head->keep_alive) && head->keep_alive,
        .continues = head->expects_continue,
        .start = env->pipeline->turn,
    };
    exchange->session = turn;
    sl_list_append(&session->exchanges, &exchange->session_link);
    session->count++;
    session->current = exchange;
    session->in_message = true;
    session->parts = !head->keep_alive && head->body_bytes == 0;
    session->head_since_ms = 0;
    sl_session_await_body(session);
    session->env->stat.requests++;
    if (head->body_bytes < 0) {
        exchange->request.trailers = sl_fields_create(&exchange->arena);
        sl_parser_set_trailers(session->parser, exchange->request.trailers);
    }
    env->host->on_exchange(env->host_context, exchange);
}

/* --- A body arrives -------------------------------------------------------------- */

static void take_body(sl_session *session, sl_span data)
{
    sl_session_credit_body(session, data.len);
    if (session->current != NULL) {
        sl_turn_of(session->current)->continues = false;
        sl_request_receive(&session->current->request, data.data, data.len);
        return;
    }
    session->drained += data.len;
    if (session->drained > session->env->settings->drain_bytes) {
        sl_session_stop_parsing(session);
    }
}

static void end_message(sl_session *session)
{
    session->in_message = false;
    if (session->current != NULL) {
        sl_request_end(&session->current->request, SL_BODY_COMPLETE);
    }
}

/* --- Parsing --------------------------------------------------------------------- */

/* A client that asks and does not read makes no more answers than these. */
static bool has_room(const sl_session *session)
{
    const sl_session_env *env = session->env;

    return session->count < env->settings->max_pipelined &&
           session->waiting < (double)env->pipeline->settings.high_water;
}

bool sl_session_may_parse(const sl_session *session)
{
    if (session->closing) {
        return false;
    }
    return session->in_message ||
           (session->current == NULL && has_room(session));
}

static void act_on(sl_session *session, sl_parser_event event)
{
    switch (event) {
    case SL_PARSER_HEAD:
        start_exchange(session);
        break;
    case SL_PARSER_DATA:
        take_body(session, sl_parser_data(session->parser));
        break;
    case SL_PARSER_END:
        end_message(session);
        break;
    case SL_PARSER_REFUSED:
        sl_session_refuse(session, sl_parser_refusal(session->parser));
        break;
    case SL_PARSER_MORE:
        if (session->head_since_ms == 0 && sl_session_is_in_head(session)) {
            session->head_since_ms = sl_session_now(session);
        }
        break;
    }
}

/* Parse as far as the turn has come; how many bytes that took. */
static size_t parse(sl_session *session, const char *data, size_t len)
{
    sl_parser_event event = SL_PARSER_HEAD;
    sl_parser *parser = sl_session_parser(session);
    size_t taken = 0;

    while (sl_session_may_parse(session) && event != SL_PARSER_MORE) {
        taken += sl_parser_feed(parser, data + taken, len - taken, &event);
        act_on(session, event);
    }
    return taken;
}

/* An idle connection keeps no memory. */
static void rest(sl_session *session)
{
    if (sl_buffer_len(&session->held) == 0 &&
        (session->closing ||
         (session->parser != NULL && sl_parser_is_fresh(session->parser)))) {
        sl_session_drop_parser(session);
    }
}

void sl_session_parse_held(sl_session *session)
{
    sl_buffer *held = &session->held;
    size_t taken = parse(session, sl_buffer_data(held), sl_buffer_len(held));

    if (session->closing || taken == sl_buffer_len(held)) {
        sl_buffer_deinit(held);
        rest(session);
    } else {
        sl_buffer_consume(held, taken);
    }
}

/* Reading pauses until the answers in front of what is held are on their way. */
static void note_held(sl_session *session)
{
    sl_session_env *env = session->env;

    if (sl_buffer_len(&session->held) >= env->settings->held_bytes) {
        env->stat.held_up++;
        env->stat.changes++;
    }
}

void sl_session_receive(sl_session *session, const char *data, size_t len)
{
    size_t taken = 0;

    if (!session->closing && sl_buffer_len(&session->held) == 0) {
        taken = parse(session, data, len);
    }
    if (session->closing) {
        session->dropped += len - taken;
    } else if (taken < len) {
        sl_buffer_append(&session->held, data + taken, len - taken);
        sl_session_parse_held(session);
        note_held(session);
    }
    rest(session);
    sl_session_settle(session);
}
