// What Linux has beyond POSIX. _GNU_SOURCE would show it, but it would also change types such as
// fd_set that Swift's Glibc module has already read without it, and the two would not agree;
// __USE_GNU alone shows the same functions.
#include <features.h>
#ifndef __USE_GNU
#define __USE_GNU 1
#endif
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/un.h>
#include <sys/prctl.h>
#include <netinet/in.h>
#include <ifaddrs.h>
#include <pthread.h>
#include <net/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/// Keeps this process from being dumped and from being looked into by others of its user.
///
/// Here because Swift does not see functions with a variable number of arguments.
static inline int kith_forbid_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
