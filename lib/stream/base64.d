lib/stream/base64.o: lib/stream/base64.cc lib/stream/base64.h \
 lib/stream/secret.h
lib/stream/base64.h:
lib/stream/secret.h:
