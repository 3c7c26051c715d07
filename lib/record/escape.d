lib/record/escape.o: lib/record/escape.cc lib/record/escape.h
lib/record/escape.h:
