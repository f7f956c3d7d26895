/* SPDX-License-Identifier: MIT */
/*
 * svg.h - rectangles, lines and text as an SVG file.
 *
 * Coordinates are pixels from the upper left corner. Errors of writing are left to the file (ferror).
 */
#ifndef CUTOUT_CLI_SVG_H
#define CUTOUT_CLI_SVG_H

#include <stdio.h>

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/* A white page, and `title`, which screen readers and tooltips show. */
void svg_start(FILE *file, double width, double height, const char *title);
void svg_rectangle(FILE *file, double x, double y, double width, double height, const char *fill);
void svg_line(FILE *file, double x1, double y1, double x2, double y2, const char *stroke);

/* `y` is the base line. What is no text of ASCII becomes "?". */
void svg_text(FILE *file, double x, double y, enum svg_anchor anchor, const char *fill, const char *text);
void svg_end(FILE *file);

#endif
