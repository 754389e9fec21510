#include "scenario/load_system.h"

#include "base/check.h"
#include "scenario/format.h"
#include "scenario/scalar.h"

#include <string.h>

static const char *text_of(const struct node *mapping, const char *key, const char *otherwise)
{
    const struct node *node = mapping == NULL ? NULL : node_get(mapping, key);
    return node == NULL ? otherwise : node->text;
}

static size_t count_of(const struct node *node)
{
    return node == NULL ? 0 : node->count;
}

struct latency latency_read(const struct node *node)
{
    struct span span;
    check(scalar_duration_span(node->text, &span) == NULL);
    return (struct latency){span.low, span.high, span.low + (span.high - span.low) / 2};
}

void latencies_read(const struct node *node, struct latency *latencies)
{
    for (int class = 0; class < LATENCY_CLASS_COUNT && node != NULL; class ++) {
        const struct node *value = node_get(node, latency_class_name((enum latency_class) class));
        if (value != NULL) {
            latencies[class] = latency_read(value);
        }
    }
}

/* In a scenario, fields stand beside the keys of the format. */
static bool is_scenario_key(const char *name)
{
    const struct schema *const with_fields[] = {&format_calendar_entry, &format_appointment, &format_actor};
    for (size_t s = 0; s < sizeof with_fields / sizeof with_fields[0] && strcmp(name, "event_type") != 0; s++) {
        for (size_t i = 0; i < with_fields[s]->field_count; i++) {
            if (strcmp(with_fields[s]->fields[i].name, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* These are false when what follows would only repeat what is wrong here. */
static bool read_fields(struct loading *loading, const struct node *root)
{
    const struct node *fields = node_get(root, "fields");
    struct system *system = loading->system;
    system->fields = ARENA_ARRAY(loading->arena, const char *, count_of(fields) + 1);
    system->fields[system->field_count++] = "event_type";
    for (size_t i = 0; i < count_of(fields); i++) {
        const struct node *field = fields->items[i];
        if (!template_field_allowed(field->text)) {
            diag_error(loading->diags, field->mark, DIAG_CONFLICT,
                       "'%s' is a time in keys; the field needs another name", field->text);
        } else if (is_scenario_key(field->text)) {
            diag_error(loading->diags, field->mark, DIAG_CONFLICT,
                       "'%s' has a meaning of its own in scenarios; the field needs another name", field->text);
        } else if (system_field(system, field->text) != MODEL_NONE) {
            if (strcmp(field->text, "event_type") != 0) {
                diag_error(loading->diags, field->mark, DIAG_CONFLICT, "field '%s' is listed twice", field->text);
            }
        } else if (system->field_count == FIELDS_MAX) {
            diag_error(loading->diags, field->mark, DIAG_TOO_LARGE,
                       "a system has at most %d fields with event_type, and this is one more", FIELDS_MAX);
            return false;
        } else {
            system->fields[system->field_count++] = field->text;
        }
    }
    return true;
}

void template_read(struct loading *loading, const struct node *node, struct template *out)
{
    size_t column = 0;
    const struct system *system = loading->system;
    const char *problem = template_parse(loading->arena, node->text, system->fields, system->field_count, out, &column);
    if (problem != NULL) {
        struct mark mark = node->mark;
        /* Where the file has the text as it is, without escapes and line breaks, the caret can be exact. */
        if (mark.length == text_columns(node->text, node->length) + (node->quoted ? 2 : 0)) {
            mark.column += (uint32_t)text_columns(node->text, column) + (node->quoted ? 1 : 0);
            mark.length = 1;
        }
        diag_error(loading->diags, mark, DIAG_BAD_VALUE, "cannot read the key: %s", problem);
    }
}

/* The layer called by `node`, or MODEL_NONE for upstream and, after a message, for one that does not exist. */
uint32_t layer_read(struct loading *loading, const struct node *node, bool upstream_allowed)
{
    const struct system *system = loading->system;
    const char **names = ARENA_ARRAY(loading->arena, const char *, system->layer_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < system->layer_count; i++) {
        if (strcmp(system->layers[i].name, node->text) == 0) {
            return i;
        }
        names[count++] = system->layers[i].name;
    }
    if (upstream_allowed) {
        if (strcmp(node->text, "upstream") == 0) {
            return MODEL_NONE;
        }
        names[count++] = "upstream";
    }
    diag_unknown(loading->diags, node->mark, DIAG_UNKNOWN_NAME, "layer", node->text, names, count);
    return MODEL_NONE;
}

static int64_t duration_of(const struct node *node)
{
    int64_t duration_us = 0;
    check(scalar_duration(node->text, &duration_us) == NULL);
    return duration_us;
}

static void read_layer(struct loading *loading, const struct node *node, struct layer *layer)
{
    layer->title = text_of(node, "title", layer->name);
    template_read(loading, node_get(node, "key"), &layer->key);
    layer->ttl_us = duration_of(node_get(node, "ttl"));
    const struct node *ttl_empty = node_get(node, "ttl_empty");
    layer->ttl_empty_us = ttl_empty == NULL ? layer->ttl_us : duration_of(ttl_empty);
    layer->covers = strcmp(text_of(node, "covers", "dates"), "week") == 0 ? COVERS_WEEK : COVERS_DATES;
    layer->source = layer_read(loading, node_get(node, "source"), true);
}

static void check_sources(struct loading *loading, const struct node *layers)
{
    const struct system *system = loading->system;
    for (uint32_t i = 0; i < system->layer_count; i++) {
        uint32_t at = system->layers[i].source;
        for (uint32_t hops = 0; at != MODEL_NONE && at != i && hops < LAYERS_MAX; hops++) {
            at = system->layers[at].source;
        }
        if (at == i) {
            const struct node *source = node_get(layers->items[i], "source");
            diag_error(loading->diags, source->mark, DIAG_CYCLE,
                       system->layers[i].source == i ? "layer '%s' is its own source; a layer is filled from another "
                                                       "layer or from upstream"
                                                     : "layer '%s' is filled from itself through its sources; one of "
                                                       "them must be upstream",
                       system->layers[i].name);
        }
    }
}

static bool read_layers(struct loading *loading, const struct node *root)
{
    const struct node *layers = node_get(root, "layers");
    struct system *system = loading->system;
    if (count_of(layers) > LAYERS_MAX) {
        diag_error(loading->diags, layers->keys[LAYERS_MAX]->mark, DIAG_TOO_LARGE,
                   "a system has at most %d layers, and this is one more", LAYERS_MAX);
        return false;
    }
    system->layers = ARENA_ARRAY(loading->arena, struct layer, count_of(layers) + 1);
    system->layer_count = (uint32_t)count_of(layers);
    for (size_t i = 0; i < count_of(layers); i++) {
        system->layers[i].name = layers->keys[i]->text;
        if (strcmp(layers->keys[i]->text, "upstream") == 0) {
            diag_error(loading->diags, layers->keys[i]->mark, DIAG_CONFLICT,
                       "'upstream' is where every layer ends; a layer needs another name");
            return false;
        }
    }
    for (size_t i = 0; i < count_of(layers); i++) {
        read_layer(loading, layers->items[i], &system->layers[i]);
    }
    check_sources(loading, layers);
    return true;
}

static void read_latencies(const struct node *root, struct system *system)
{
    latencies_read(node_get(root, "latency"), system->latencies);
}

static void set_zone(struct loading *loading, const struct node *node)
{
    *loading->zone = zone_new(node->text);
    loading->system->zone = *loading->zone;
    if (*loading->zone == NULL) {
        const char *near = zone_suggest(loading->arena, node->text);
        diag_error(loading->diags, node->mark, DIAG_UNKNOWN_NAME,
                   near == NULL ? "unknown time zone '%s'%s" : "unknown time zone '%s'; did you mean '%s'?", node->text,
                   near == NULL ? "; use a name of the IANA database, as in Europe/Berlin" : near);
    }
}

/* The whole of a system's tree is well-formed by now. */
void system_read(struct loading *loading, const struct node *root)
{
    struct system *system = loading->system;
    system->name = node_get(root, "system")->text;
    system->title = text_of(root, "title", system->name);
    system->prefix = text_of(root, "prefix", "");
    set_zone(loading, node_get(root, "zone"));
    read_latencies(root, system);
    if (read_fields(loading, root) && read_layers(loading, root)) {
        routines_read(loading, root);
    }
}
