#include "http/parser_state.h"

size_t sl_parser_text_len(const sl_parser *parser)
{
    return sl_buffer_len(&parser->earlier) + parser->text.len;
}

void sl_parser_keep_text(sl_parser *parser)
{
    sl_buffer_append(&parser->earlier, parser->text.data, parser->text.len);
    parser->text = (sl_span){0};
}

void sl_parser_add_text(sl_parser *parser, const char *at, size_t len)
{
    if (parser->text.len > 0) {
        sl_parser_keep_text(parser);
    }
    parser->text = (sl_span){at, len};
    parser->idle = 0;
}

sl_span sl_parser_take_text(sl_parser *parser, sl_arena *arena)
{
    sl_span text = parser->text;
    size_t before = sl_buffer_len(&parser->earlier);

    if (before > 0) {
        sl_parser_keep_text(parser);
        text = (sl_span){sl_buffer_data(&parser->earlier),
                         sl_buffer_len(&parser->earlier)};
    }
    text.data = sl_arena_copy(arena, text.data, text.len);
    sl_buffer_consume(&parser->earlier, sl_buffer_len(&parser->earlier));
    parser->text = (sl_span){0};
    return text;
}

void sl_parser_drop_text(sl_parser *parser)
{
    sl_buffer_consume(&parser->earlier, sl_buffer_len(&parser->earlier));
    parser->text = (sl_span){0};
}
