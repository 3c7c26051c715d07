lib/posix/fault.o: lib/posix/fault.cc lib/posix/fault.h
lib/posix/fault.h:
