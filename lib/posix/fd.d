lib/posix/fd.o: lib/posix/fd.cc lib/posix/fd.h lib/posix/fault.h
lib/posix/fd.h:
lib/posix/fault.h:
