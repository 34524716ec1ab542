#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/file.h>
#include <sys/un.h>
#include <sys/prctl.h>
#include <netinet/in.h>
#include <ifaddrs.h>
#include <net/if.h>
