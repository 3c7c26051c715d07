tests/unit/stream_proxy_test.o: tests/unit/stream_proxy_test.cc \
 lib/stream/proxy.h lib/stream/secret.h lib/stream/stream.h \
 lib/posix/fault.h lib/posix/fd.h lib/stream/proxy_dialogue.h
lib/stream/proxy.h:
lib/stream/secret.h:
lib/stream/stream.h:
lib/posix/fault.h:
lib/posix/fd.h:
lib/stream/proxy_dialogue.h:
