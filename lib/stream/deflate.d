lib/stream/deflate.o: lib/stream/deflate.cc lib/stream/deflate.h \
 lib/stream/stream.h lib/posix/fault.h
lib/stream/deflate.h:
lib/stream/stream.h:
lib/posix/fault.h:
