lib/stream/sasl_choice.o: lib/stream/sasl_choice.cc \
 lib/stream/sasl_choice.h lib/posix/fault.h lib/stream/sasl_mechanisms.h \
 lib/stream/sasl.h lib/stream/secret.h
lib/stream/sasl_choice.h:
lib/posix/fault.h:
lib/stream/sasl_mechanisms.h:
lib/stream/sasl.h:
lib/stream/secret.h:
