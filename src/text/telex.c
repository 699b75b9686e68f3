/* SPDX-License-Identifier: Apache-2.0
 * Vietnamese typed by the Telex rules that nothing turned into letters: "Vieejt Nam", "ddaay laf". */
#include "text/tables.h"
#include "text/text_int.h"
