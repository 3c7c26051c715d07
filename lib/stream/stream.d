lib/stream/stream.o: lib/stream/stream.cc lib/stream/stream.h \
 lib/posix/fault.h
lib/stream/stream.h:
lib/posix/fault.h:
