lib/stream/proxy.o: lib/stream/proxy.cc lib/stream/proxy.h \
 lib/stream/secret.h lib/stream/stream.h lib/posix/fault.h \
 lib/stream/proxy_dialogue.h
lib/stream/proxy.h:
lib/stream/secret.h:
lib/stream/stream.h:
lib/posix/fault.h:
lib/stream/proxy_dialogue.h:
