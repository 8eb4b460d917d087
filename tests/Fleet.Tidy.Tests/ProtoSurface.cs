using System.Reflection;
using Google.Protobuf.Reflection;

namespace Fleet.Tidy.Tests;

/// <summary>What of the protos travels or is called by name, one line per fact, so that two versions can be compared as sets.</summary>
internal static class ProtoSurface
{
    /// <summary>Every proto file whose generated code an assembly holds.</summary>
    public static IReadOnlyList<FileDescriptor> FilesOf(Assembly assembly) =>
    [
        .. assembly.GetExportedTypes()
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static))
            .Where(property => property?.PropertyType == typeof(FileDescriptor))
            .Select(property => (FileDescriptor)property!.GetValue(null)!)
            .OrderBy(file => file.Name, StringComparer.Ordinal),
    ];

    /// <summary>The facts of some files in a stable order.</summary>
    public static IReadOnlyList<string> Describe(IEnumerable<FileDescriptor> files) =>
    [
        .. files.SelectMany(file => file.MessageTypes.SelectMany(OfMessage)
                .Concat(file.EnumTypes.SelectMany(OfEnum))
                .Concat(file.Services.SelectMany(OfService)))
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> OfMessage(MessageDescriptor message) => message.Fields.InFieldNumberOrder().Select(OfField)
        .Append($"message {message.FullName}")
        .Concat(message.NestedTypes.SelectMany(OfMessage))
        .Concat(message.EnumTypes.SelectMany(OfEnum));

    private static string OfField(FieldDescriptor field)
    {
        string label = field.IsRepeated ? "repeated" : field.ToProto().Proto3Optional ? "optional" : "singular";
        string type = field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            _ => field.FieldType.ToString().ToLowerInvariant(),
        };
        string oneof = field.RealContainingOneof is { } real ? " oneof " + real.Name : "";
        return $"field {field.ContainingType.FullName} {field.FieldNumber} {field.Name} {label} {type}{oneof}";
    }

    private static IEnumerable<string> OfEnum(EnumDescriptor type) =>
        type.Values.Select(value => $"enum {type.FullName} {value.Number} {value.Name}");

    private static IEnumerable<string> OfService(ServiceDescriptor service) => service.Methods.Select(method =>
        $"method {service.FullName} {method.Name} {Stream(method.IsClientStreaming)}{method.InputType.FullName}"
        + $" returns {Stream(method.IsServerStreaming)}{method.OutputType.FullName}");

    private static string Stream(bool streams) => streams ? "stream " : "";
}
