lib/posix/loop.o: lib/posix/loop.cc lib/posix/loop.h lib/posix/clock.h \
 lib/posix/fault.h
lib/posix/loop.h:
lib/posix/clock.h:
lib/posix/fault.h:
