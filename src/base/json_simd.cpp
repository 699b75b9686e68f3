// SPDX-License-Identifier: Apache-2.0
// The one C++ file around simdjson: its document tree becomes ours, in the caller's arena.
// Iterative, so that the depth of the input costs no stack.
#include "base/base_int.h"

#define SIMDJSON_EXCEPTIONS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <simdjson.h>
#pragma GCC diagnostic pop

#include <cstring>
#include <new>

namespace dom = simdjson::dom;

namespace
{

// A container being copied: its iterator and the room for its values.
struct level {
    bool is_object;
    dom::array::iterator element, element_end;
    dom::object::iterator member, member_end;
    struct json *next;
};

constexpr std::size_t MAX_DEPTH = 1024;

// One per thread and kept: making them anew costs more than parsing a short row.
thread_local dom::parser *t_parser = nullptr;
thread_local level *t_stack = nullptr;

struct parser_owner {
    ~parser_owner()
    {
        delete t_parser;
        delete[] t_stack;
        t_parser = nullptr;
        t_stack = nullptr;
    }
};
thread_local parser_owner t_owner;

view to_view(std::string_view s)
{
    return view_of(s.data(), s.size());
}

rc copy_string(struct arena *mem, std::string_view s, struct view *out)
{
    return arena_copy(mem, to_view(s), out);
}

class builder
{
  public:
    builder(const struct json_limits *limits, struct arena *mem, level *stack)
        : limits_(limits), mem_(mem), stack_(stack)
    {
    }

    bool too_deep = false;

    rc build(dom::element root, struct json *out)
    {
        TRY(open(root, out));
        while (depth_ > 0) {
            level *top = &stack_[depth_ - 1];
            if (top->is_object ? top->member == top->member_end
                               : top->element == top->element_end) {
                depth_--;
                continue;
            }
            struct json *slot = top->next++;
            if (top->is_object) {
                TRY(copy_string(mem_, top->member.key(), &slot->key));
                dom::element child = top->member.value();
                ++top->member;
                TRY(open(child, slot));
            } else {
                dom::element child = *top->element;
                ++top->element;
                TRY(open(child, slot));
            }
        }
        return OK;
    }

  private:
    // Scalars are done at once; containers are put on the stack.
    rc open(dom::element e, struct json *out)
    {
        switch (e.type()) {
        case dom::element_type::NULL_VALUE: out->type = JSON_NULL; return OK;
        case dom::element_type::BOOL:
            out->type = JSON_BOOL;
            out->as.boolean = e.get_bool().value_unsafe();
            return OK;
        case dom::element_type::INT64:
            out->type = JSON_INT;
            out->as.integer = e.get_int64().value_unsafe();
            return OK;
        case dom::element_type::UINT64:
            out->type = JSON_DOUBLE;
            out->as.number = static_cast<double>(e.get_uint64().value_unsafe());
            return OK;
        case dom::element_type::DOUBLE:
            out->type = JSON_DOUBLE;
            out->as.number = e.get_double().value_unsafe();
            return OK;
        case dom::element_type::STRING:
            out->type = JSON_STRING;
            return copy_string(mem_, e.get_string().value_unsafe(), &out->as.string);
        case dom::element_type::ARRAY: return open_array(e.get_array().value_unsafe(), out);
        case dom::element_type::OBJECT: return open_object(e.get_object().value_unsafe(), out);
        }
        return FAIL(E_INTERNAL, "json: a value of unknown type");
    }

    rc take(std::size_t n, struct json *out, struct json **items)
    {
        n_values_ += n;
        if (n_values_ > limits_->max_values)
            return FAIL(E_LIMIT, "json: more than %u values", limits_->max_values);
        too_deep = depth_ >= limits_->max_depth || depth_ >= MAX_DEPTH;
        if (too_deep)
            return FAIL(E_LIMIT, "json: brackets nested deeper than %u", limits_->max_depth);
        TRY(arena_array(mem_, n, items));
        out->n = static_cast<uint32_t>(n);
        out->as.items = *items;
        return OK;
    }

    rc open_array(dom::array a, struct json *out)
    {
        std::size_t n = 0;
        for (auto it = a.begin(); it != a.end(); ++it)
            n++;
        struct json *items;
        out->type = JSON_ARRAY;
        TRY(take(n, out, &items));
        stack_[depth_++] = level{false, a.begin(), a.end(), {}, {}, items};
        return OK;
    }

    rc open_object(dom::object o, struct json *out)
    {
        std::size_t n = 0;
        for (auto it = o.begin(); it != o.end(); ++it)
            n++;
        struct json *items;
        out->type = JSON_OBJECT;
        TRY(take(n, out, &items));
        stack_[depth_++] = level{true, {}, {}, o.begin(), o.end(), items};
        return OK;
    }

    const struct json_limits *limits_;
    struct arena *mem_;
    std::size_t n_values_ = 1;
    uint32_t depth_ = 0;
    level *stack_;
};

bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

// simdjson 3.0 refuses integers beyond 64 bits, which RFC 8259 allows and RFC 8785 prints for large
// doubles. A copy with "e0" behind every long integer makes it read them as doubles.
rc mark_long_integers(struct view text, struct buf *out)
{
    enum { LONG_DIGITS = 19 };
    bool in_string = false;
    for (std::size_t i = 0; i < text.n;) {
        std::size_t from = i;
        uint8_t c = text.p[i++];
        if (c == '"')
            in_string = !in_string;
        else if (in_string && c == '\\' && i < text.n)
            i++;
        else if (!in_string && is_digit(c)) {
            while (i < text.n && is_digit(text.p[i]))
                i++;
            bool whole = i == text.n || !(text.p[i] == '.' || (text.p[i] | 0x20) == 'e');
            bool fraction = from > 0 && (text.p[from - 1] == '.' || text.p[from - 1] == '+' ||
                                         (text.p[from - 1] | 0x20) == 'e');
            bool exponent = from > 1 && text.p[from - 1] == '-' && (text.p[from - 2] | 0x20) == 'e';
            if (whole && !fraction && !exponent && i - from >= LONG_DIGITS) {
                TRY(buf_add(out, view_of(text.p + from, i - from)));
                TRY(buf_add(out, VIEW("e0")));
                continue;
            }
        }
        TRY(buf_add(out, view_of(text.p + from, i - from)));
    }
    return OK;
}

} // namespace

extern "C" rc json_simd_parse(struct view text, const struct json_limits *limits, struct arena *mem,
                              struct json *out, enum json_fault *out_fault)
{
    (void)&t_owner;
    *out_fault = JSON_FAULT_OTHER;
    if (!t_parser) t_parser = new (std::nothrow) dom::parser(1u << 30);
    if (!t_parser) return FAIL(E_MEMORY, "json: no memory for a parser");
    if (t_parser->max_depth() < MAX_DEPTH &&
        t_parser->allocate(text.n < 4096 ? 4096 : text.n, MAX_DEPTH) != simdjson::SUCCESS)
        return FAIL(E_MEMORY, "json: no memory for a parser");
    dom::element root;
    auto error = t_parser->parse(reinterpret_cast<const uint8_t *>(text.p), text.n, true).get(root);
    CLEANUP(buf_done) struct buf marked = {};
    if (error == simdjson::NUMBER_ERROR) {
        TRY(mark_long_integers(text, &marked));
        error = t_parser->parse(marked.p, marked.n, true).get(root);
    }
    if (error == simdjson::MEMALLOC || error == simdjson::CAPACITY)
        return FAIL(E_MEMORY, "json: no memory for %zu bytes", text.n);
    if (error == simdjson::DEPTH_ERROR) {
        *out_fault = JSON_FAULT_DEPTH;
        return FAIL(E_LIMIT, "json: brackets nested deeper than %u", limits->max_depth);
    }
    if (error != simdjson::SUCCESS) {
        *out_fault = JSON_FAULT_SYNTAX;
        if (error == simdjson::STRING_ERROR)
            return FAIL(E_INPUT, "json: a broken escape or a lone surrogate in a string");
        return FAIL(E_INPUT, "json: %s", simdjson::error_message(error));
    }
    if (!t_stack) t_stack = new (std::nothrow) level[MAX_DEPTH];
    if (!t_stack) return FAIL(E_MEMORY, "json: no memory for a tree");
    builder tree(limits, mem, t_stack);
    rc r = tree.build(root, out);
    if (tree.too_deep) *out_fault = JSON_FAULT_DEPTH;
    return r;
}
