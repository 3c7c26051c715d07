tests/unit/stream_sasl_test.o: tests/unit/stream_sasl_test.cc \
 lib/stream/sasl.h lib/stream/secret.h lib/posix/fault.h \
 lib/stream/base64.h lib/stream/sasl_mechanisms.h
lib/stream/sasl.h:
lib/stream/secret.h:
lib/posix/fault.h:
lib/stream/base64.h:
lib/stream/sasl_mechanisms.h:
