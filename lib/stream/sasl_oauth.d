lib/stream/sasl_oauth.o: lib/stream/sasl_oauth.cc lib/posix/fault.h \
 lib/stream/sasl_mechanisms.h lib/stream/sasl.h lib/stream/secret.h
lib/posix/fault.h:
lib/stream/sasl_mechanisms.h:
lib/stream/sasl.h:
lib/stream/secret.h:
