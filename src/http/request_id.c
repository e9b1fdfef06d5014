#include "http/request_id.h"

#include <string.h>

static const char name[] = "X-Request-Id";

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~:=+/@", c) != NULL);
}

size_t sl_request_id_read(const sl_fields *fields, char id[SL_REQUEST_ID])
{
    const sl_field *field = sl_fields_find(fields, name, sizeof name - 1, 0);
    sl_span value;

    if (field == NULL ||
        sl_fields_find(fields, name, sizeof name - 1, 1) != NULL) {
        return 0;
    }
    value = field->value;
    if (value.len == 0 || value.len >= SL_REQUEST_ID) {
        return 0;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!is_plain(value.data[i])) {
            return 0;
        }
    }
    memcpy(id, value.data, value.len);
    id[value.len] = '\0';
    return value.len;
}
