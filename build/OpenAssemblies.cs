using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;

/// <summary>Copies assemblies so that a compiler sees their internal members: internal becomes public, private protected becomes protected.</summary>
/// <remarks>
/// The copies are for the compiler alone and never ship: at run time the genuine assemblies are loaded, and
/// IgnoresAccessChecksToAttribute makes the runtime agree. Only accessibility bits of the metadata tables change, in place, so
/// identity, signatures and everything else stay those of the original. Private members and types outside
/// <see cref="NamespacePrefix"/> stay closed: the latter are language polyfills which would clash with the framework's own.
/// Layout of the tables: ECMA-335, partition II, sections 22 to 25.
/// Built by MSBuild as an inline task, so it uses nothing beyond netstandard2.0 and needs no restore.
/// </remarks>
public sealed class OpenAssemblies : Microsoft.Build.Utilities.Task
{
    [Required]
    public ITaskItem[] Assemblies { get; set; }

    /// <summary>One per assembly, in the same order.</summary>
    [Required]
    public ITaskItem[] Destinations { get; set; }

    [Required]
    public string NamespacePrefix { get; set; }

    public override bool Execute()
    {
        for (var i = 0; i < Assemblies.Length; i++)
        {
            var image = File.ReadAllBytes(Assemblies[i].ItemSpec);
            try
            {
                new AssemblyImage(image, NamespacePrefix).Open();
            }
            catch (Exception e) when (e is InvalidDataException || e is IndexOutOfRangeException || e is ArgumentException)
            {
                Log.LogError("{0} is not a .NET assembly that can be opened: {1}", Assemblies[i].ItemSpec, e.Message);
                return false;
            }

            var destination = Destinations[i].ItemSpec;
            Directory.CreateDirectory(Path.GetDirectoryName(destination));

            // Written aside and moved, so that a compiler running beside this never reads half a file.
            var partial = destination + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(partial, image);
            if (File.Exists(destination))
            {
                File.Delete(destination);
            }

            File.Move(partial, destination);
        }

        return true;
    }

    private sealed class AssemblyImage
    {
        // Table numbers (II.22).
        private const int Module = 0x00, TypeRef = 0x01, TypeDef = 0x02, FieldPtr = 0x03, Field = 0x04, MethodPtr = 0x05, MethodDef = 0x06, Param = 0x08,
            ModuleRef = 0x1A, TypeSpec = 0x1B, AssemblyRef = 0x23;

        private readonly byte[] _image;
        private readonly byte[] _namespacePrefix;
        private readonly int[] _rows = new int[64];
        private int _tables;
        private int _strings;
        private int _heapSizes;

        public AssemblyImage(byte[] image, string namespacePrefix)
        {
            _image = image;
            _namespacePrefix = Encoding.UTF8.GetBytes(namespacePrefix);
        }

        public void Open()
        {
            ReadStreams(FileOffsetOfMetadata());
            ReadRowCounts();
            int str = (_heapSizes & 1) != 0 ? 4 : 2, guid = (_heapSizes & 2) != 0 ? 4 : 2, blob = (_heapSizes & 4) != 0 ? 4 : 2;
            if (_rows[FieldPtr] != 0 || _rows[MethodPtr] != 0)
            {
                throw new InvalidDataException("its metadata is not in the optimised form.");
            }

            // Row sizes of the tables up to the last that matters; they lie one after another in this order.
            var module = 2 + str + (3 * guid);
            var typeRef = CodedIndex(2, Module, ModuleRef, AssemblyRef, TypeRef) + (2 * str);
            var typeDef = 4 + (2 * str) + CodedIndex(2, TypeDef, TypeRef, TypeSpec) + CodedIndex(0, Field) + CodedIndex(0, MethodDef);
            var field = 2 + str + blob;
            var methodDef = 8 + str + blob + CodedIndex(0, Param);

            var typeDefs = _tables + (_rows[Module] * module) + (_rows[TypeRef] * typeRef);
            var fields = typeDefs + (_rows[TypeDef] * typeDef);
            var methods = fields + (_rows[Field] * field);
            for (var i = 0; i < _rows[TypeDef]; i++)
            {
                var row = typeDefs + (i * typeDef);
                OpenType(row, Index(row + 4 + str, str));
            }

            for (var i = 0; i < _rows[Field]; i++)
            {
                OpenMember(fields + (i * field));
            }

            for (var i = 0; i < _rows[MethodDef]; i++)
            {
                OpenMember(methods + (i * methodDef) + 6);
            }
        }

        /// <summary>TypeAttributes (II.23.1.15): the low three bits of the flags are the visibility.</summary>
        private void OpenType(int flags, int namespaceName)
        {
            switch (_image[flags] & 7)
            {
                case 0 when StartsWithPrefix(_strings + namespaceName): // not public
                    SetAccess(flags, 1); // public
                    break;
                case 5: // nested, assembly
                    SetAccess(flags, 2); // nested, public
                    break;
                case 6: // nested, family and assembly
                    SetAccess(flags, 4); // nested, family
                    break;
            }
        }

        /// <summary>FieldAttributes and MethodAttributes (II.23.1.5, II.23.1.10) share the meaning of the low three bits.</summary>
        private void OpenMember(int flags)
        {
            switch (_image[flags] & 7)
            {
                case 2: // family and assembly
                    SetAccess(flags, 4); // family
                    break;
                case 3: // assembly
                    SetAccess(flags, 6); // public
                    break;
            }
        }

        private void SetAccess(int flags, int access) => _image[flags] = (byte)((_image[flags] & ~7) | access);

        private bool StartsWithPrefix(int text)
        {
            for (var i = 0; i < _namespacePrefix.Length; i++)
            {
                if (_image[text + i] != _namespacePrefix[i])
                {
                    return false;
                }
            }

            return true;
        }

        private int FileOffsetOfMetadata()
        {
            var pe = Int32(0x3C);
            if (Int32(pe) != 0x00004550) // "PE\0\0"
            {
                throw new InvalidDataException("it has no PE header.");
            }

            var optionalHeader = pe + 24;
            var directories = optionalHeader + (Int16(optionalHeader) == 0x20B ? 112 : 96);
            var sections = optionalHeader + Int16(pe + 20);
            var cliHeader = FileOffset(Int32(directories + (14 * 8)), sections, Int16(pe + 6));
            return FileOffset(Int32(cliHeader + 8), sections, Int16(pe + 6));
        }

        private int FileOffset(int relativeVirtualAddress, int sections, int sectionCount)
        {
            for (var i = 0; i < sectionCount; i++)
            {
                var section = sections + (i * 40);
                var inSection = relativeVirtualAddress - Int32(section + 12);
                if (inSection >= 0 && inSection < Int32(section + 16))
                {
                    return Int32(section + 20) + inSection;
                }
            }

            throw new InvalidDataException("an address of it lies in no section.");
        }

        private void ReadStreams(int root)
        {
            if (Int32(root) != 0x424A5342)
            {
                throw new InvalidDataException("it has no metadata.");
            }

            var header = root + 16 + Int32(root + 12);
            var count = Int16(header + 2);
            header += 4;
            for (var i = 0; i < count; i++)
            {
                var end = Array.IndexOf(_image, (byte)0, header + 8);
                var name = Encoding.ASCII.GetString(_image, header + 8, end - header - 8);
                if (name == "#~")
                {
                    _tables = root + Int32(header);
                }
                else if (name == "#Strings")
                {
                    _strings = root + Int32(header);
                }

                // Names end with a zero and are padded to four bytes.
                header += 8 + (((end - header - 8) / 4) + 1) * 4;
            }

            if (_tables == 0 || _strings == 0)
            {
                throw new InvalidDataException("its metadata is not in the optimised form.");
            }
        }

        /// <summary>Reads the head of the table stream and leaves <see cref="_tables"/> at the first row of the first table.</summary>
        private void ReadRowCounts()
        {
            _heapSizes = _image[_tables + 6];
            var present = BitConverter.ToUInt64(_image, _tables + 8);
            _tables += 24;
            for (var table = 0; table < 64; table++)
            {
                if ((present >> table & 1) != 0)
                {
                    _rows[table] = Int32(_tables);
                    _tables += 4;
                }
            }
        }

        /// <summary>Size of an index that carries a tag of so many bits and may point into any of the tables.</summary>
        private int CodedIndex(int tagBits, params int[] tables)
        {
            var largest = 0;
            foreach (var table in tables)
            {
                largest = Math.Max(largest, _rows[table]);
            }

            return largest < 1 << (16 - tagBits) ? 2 : 4;
        }

        private int Index(int offset, int size) => size == 2 ? Int16(offset) : Int32(offset);

        private int Int16(int offset) => BitConverter.ToUInt16(_image, offset);

        private int Int32(int offset) => BitConverter.ToInt32(_image, offset);
    }
}
