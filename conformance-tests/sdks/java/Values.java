import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkNumber;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.utils.builder.Buildable;

/** Values between the protocol's normal form and the SDK's classes, which describe their own members. */
final class Values {
    private Values() {}

    /** Fills a builder of the SDK. */
    static void fill(SdkPojo builder, JsonNode value) {
        Map<String, SdkField<?>> fields = new LinkedHashMap<>();
        builder.sdkFields().forEach(field -> fields.put(lowerFirst(field.memberName()), field));
        value.asObject().forEach((name, member) -> {
            SdkField<?> field = fields.get(name);
            if (field == null) {
                throw new UnsupportedOperationException("this version has no such member: " + name);
            }
            field.set(builder, read(field, member));
        });
    }

    private static Object read(SdkField<?> field, JsonNode value) {
        MarshallingType<?> type = field.marshallingType();
        if (value.isNull()) {
            return null;
        } else if (type == MarshallingType.STRING) {
            return value.asString();
        } else if (type == MarshallingType.INTEGER) {
            return Integer.valueOf(value.asNumber());
        } else if (type == MarshallingType.LONG) {
            return Long.valueOf(value.asNumber());
        } else if (type == MarshallingType.FLOAT) {
            return Float.valueOf(value.asNumber());
        } else if (type == MarshallingType.DOUBLE) {
            return Double.valueOf(value.asNumber());
        } else if (type == MarshallingType.BOOLEAN) {
            return value.asBoolean();
        } else if (type == MarshallingType.INSTANT) {
            return Instant.parse(value.field("$time").get().asString());
        } else if (type == MarshallingType.SDK_BYTES) {
            return SdkBytes.fromByteArray(Base64.getDecoder().decode(value.field("$base64").get().asString()));
        } else if (type == MarshallingType.DOCUMENT) {
            return document(value);
        } else if (type == MarshallingType.LIST) {
            SdkField<?> member = field.getRequiredTrait(ListTrait.class).memberFieldInfo();
            List<Object> items = new ArrayList<>();
            value.asArray().forEach(item -> items.add(read(member, item)));
            return items;
        } else if (type == MarshallingType.MAP) {
            SdkField<?> member = field.getRequiredTrait(MapTrait.class).valueFieldInfo();
            Map<String, Object> members = new LinkedHashMap<>();
            value.asObject().forEach((name, item) -> members.put(name, read(member, item)));
            return members;
        }
        SdkPojo builder = field.constructor().get();
        fill(builder, value);
        return ((Buildable) builder).build();
    }

    private static Document document(JsonNode value) {
        if (value.isObject()) {
            Map<String, Document> members = new LinkedHashMap<>();
            value.asObject().forEach((name, member) -> members.put(name, document(member)));
            return Document.fromMap(members);
        } else if (value.isArray()) {
            List<Document> items = new ArrayList<>();
            value.asArray().forEach(item -> items.add(document(item)));
            return Document.fromList(items);
        } else if (value.isNumber()) {
            return Document.fromNumber(SdkNumber.fromString(value.asNumber()));
        } else if (value.isBoolean()) {
            return Document.fromBoolean(value.asBoolean());
        }
        return value.isNull() ? Document.fromNull() : Document.fromString(value.asString());
    }

    /** The normal form as maps, lists, strings, numbers and booleans; null stands for an absent member. */
    static Object show(Object value) {
        if (value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap) {
            return null;
        } else if (value instanceof SdkBytes bytes) {
            return Map.of("$base64", Base64.getEncoder().encodeToString(bytes.asByteArray()));
        } else if (value instanceof Instant instant) {
            return Map.of("$time", instant.toString().replaceFirst("(\\.\\d*?)0+Z$", "$1Z"));
        } else if (value instanceof Document document) {
            return showDocument(document);
        } else if (value instanceof SdkPojo pojo) {
            return showPojo(pojo);
        } else if (value instanceof Collection<?> items) {
            List<Object> shown = new ArrayList<>();
            items.forEach(item -> shown.add(show(item)));
            return shown;
        } else if (value instanceof Map<?, ?> members) {
            Map<String, Object> shown = new LinkedHashMap<>();
            members.forEach((name, member) -> shown.put(String.valueOf(name), show(member)));
            return shown;
        }
        return value;
    }

    private static Object showPojo(SdkPojo pojo) {
        if (isUnknownMember(pojo)) {
            Map<String, Object> unknown = new LinkedHashMap<>();
            unknown.put("$unknown", null);
            return unknown;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        for (SdkField<?> field : pojo.sdkFields()) {
            Object member = show(field.getValueOrDefault(pojo));
            if (member != null) {
                members.put(lowerFirst(field.memberName()), member);
            }
        }
        return members;
    }

    /** A union has a `type()` of its own nested enumeration. */
    private static boolean isUnknownMember(SdkPojo pojo) {
        try {
            Class<?> type = pojo.getClass().getMethod("type").getReturnType();
            return type.getEnclosingClass() == pojo.getClass()
                    && "UNKNOWN_TO_SDK_VERSION".equals(((Enum<?>) pojo.getClass().getMethod("type").invoke(pojo)).name());
        } catch (ReflectiveOperationException noUnion) {
            return false;
        }
    }

    private static Object showDocument(Document document) {
        if (document.isMap()) {
            Map<String, Object> members = new LinkedHashMap<>();
            document.asMap().forEach((name, member) -> members.put(name, showDocument(member)));
            return members;
        } else if (document.isList()) {
            List<Object> items = new ArrayList<>();
            document.asList().forEach(item -> items.add(showDocument(item)));
            return items;
        } else if (document.isNumber()) {
            return document.asNumber().bigDecimalValue();
        } else if (document.isBoolean()) {
            return document.asBoolean();
        }
        return document.isNull() ? null : document.asString();
    }

    /** Some versions of the SDK begin a member's name with a capital. */
    static String lowerFirst(String name) {
        return name.substring(0, 1).toLowerCase() + name.substring(1);
    }

    static String upperFirst(String name) {
        return name == null || name.isEmpty() ? name : name.substring(0, 1).toUpperCase() + name.substring(1);
    }

    /** One line of JSON, ASCII only. */
    static void write(Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> members) {
            String comma = "";
            out.append('{');
            for (Map.Entry<?, ?> member : members.entrySet()) {
                out.append(comma);
                writeString(String.valueOf(member.getKey()), out);
                out.append(':');
                write(member.getValue(), out);
                comma = ",";
            }
            out.append('}');
        } else if (value instanceof Collection<?> items) {
            String comma = "";
            out.append('[');
            for (Object item : items) {
                out.append(comma);
                write(item, out);
                comma = ",";
            }
            out.append(']');
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            writeString(String.valueOf(value), out);
        }
    }

    private static void writeString(String text, StringBuilder out) {
        out.append('"');
        for (char letter : text.toCharArray()) {
            if (letter == '"' || letter == '\\') {
                out.append('\\').append(letter);
            } else if (letter < ' ' || letter > '~') {
                out.append(String.format("\\u%04x", (int) letter));
            } else {
                out.append(letter);
            }
        }
        out.append('"');
    }
}
