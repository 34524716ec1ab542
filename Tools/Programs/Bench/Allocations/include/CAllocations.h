#include <stdint.h>

/// How often the calling thread asked for heap memory so far, larger or anew; in programs that are
/// linked with this.
uint64_t kith_thread_allocations(void);
