tests/unit/stream_deflate_test.o: tests/unit/stream_deflate_test.cc \
 lib/stream/deflate.h lib/stream/stream.h lib/posix/fault.h
lib/stream/deflate.h:
lib/stream/stream.h:
lib/posix/fault.h:
