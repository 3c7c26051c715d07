lib/posix/clock.o: lib/posix/clock.cc lib/posix/clock.h
lib/posix/clock.h:
