/* SPDX-License-Identifier: MIT */
/*
 * svg.c - rectangles, lines and text as an SVG file.
 */
#include "cli/svg.h"

static void put_escaped(FILE *file, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		default:
			fputc(*text >= ' ' && *text <= '~' ? *text : '?', file);
		}
	}
}

void svg_start(FILE *file, double width, double height, const char *title)
{
	fprintf(file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
		"font-family=\"sans-serif\" font-size=\"12\">\n<title>",
		width, height, width, height);
	put_escaped(file, title);
	fputs("</title>\n", file);
	svg_rectangle(file, 0, 0, width, height, "#ffffff");
}

void svg_rectangle(FILE *file, double x, double y, double width, double height, const char *fill)
{
	fprintf(file, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n", x, y, width, height,
		fill);
}

void svg_line(FILE *file, double x1, double y1, double x2, double y2, const char *stroke)
{
	fprintf(file, "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\"/>\n", x1, y1, x2, y2,
		stroke);
}

void svg_text(FILE *file, double x, double y, enum svg_anchor anchor, const char *fill, const char *text)
{
	static const char *const anchors[] = {
		[SVG_START] = "start",
		[SVG_MIDDLE] = "middle",
		[SVG_END] = "end",
	};

	fprintf(file, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\" fill=\"%s\">", x, y, anchors[anchor], fill);
	put_escaped(file, text);
	fputs("</text>\n", file);
}

void svg_end(FILE *file)
{
	fputs("</svg>\n", file);
}
