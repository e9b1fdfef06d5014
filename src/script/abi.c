/* What the compiled core believes about the structs that cross the FFI. */
#include <sluice/sluice.h>

void sl_abi_describe(sl_abi *abi)
{
    abi->version = SL_ABI_VERSION;
    abi->chunk_size = sizeof(sl_chunk);
    abi->operation_size = sizeof(sl_operation);
    abi->completion_size = sizeof(sl_completion);
    abi->span_size = sizeof(sl_span);
    abi->response_stat_size = sizeof(sl_response_stat);
}
