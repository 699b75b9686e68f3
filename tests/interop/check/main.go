// SPDX-License-Identifier: Apache-2.0

// Other people's code against our logs: golang.org/x/mod/sumdb, the torchwood library, and a log that
// Tessera makes of the same entries. One command each; prints one line, exits with 1 and the reason.
//
//	check proofs URL VKEY               checkpoint, inclusion and consistency proofs built from tiles
//	check entries URL VKEY              every entry, against the tree of the checkpoint
//	check cosigned URL VKEY WITNESS...  the checkpoint carries a cosignature of each witness
//	check proof FILE VKEY               a .tlog-proof whose line `extra` is the entry
//	check tessera DIR KEYFILE           a log of the bundles on standard input
//	check witnessed DIR KEYFILE WITNESS URL   the same, with a witness that Tessera asks itself
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fetch(address string) ([]byte, error) {
	response, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, response.Status)
	}
	return io.ReadAll(response.Body)
}

// tiles reads tiles over HTTP, each once.
type tiles struct {
	base  string
	known map[tlog.Tile][]byte
}

func (t *tiles) Height() int { return torchwood.TileHeight }

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		if _, there := t.known[tile]; !there {
			data, err := fetch(t.base + "/" + torchwood.TilePath(tile))
			if err != nil {
				return nil, err
			}
			t.known[tile] = data
		}
		all = append(all, t.known[tile])
	}
	return all, nil
}

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// openLog opens the checkpoint with x/mod's note package and reads it with torchwood's parser.
func openLog(base, vkey string, witnesses ...note.Verifier) (tlog.Tree, *note.Note, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	raw, err := fetch(base + "/checkpoint")
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	opened, err := note.Open(raw, note.VerifierList(append(witnesses, verifier)...))
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	if checkpoint.Origin != verifier.Name() {
		return tlog.Tree{}, nil, fmt.Errorf("origin %q, key of %q", checkpoint.Origin, verifier.Name())
	}
	return checkpoint.Tree, opened, nil
}

// places is where proofs are tried: everywhere in a small tree, at the edges of tiles in a large one.
func places(size int64) []int64 {
	var all []int64
	for i := int64(0); i < size; i++ {
		edge := i%256 < 2 || i%256 == 255
		if size <= 600 || i < 2 || i >= size-2 || i == size/2 || edge && (i/256 < 2 || i/256 > 253 && i/256 < 258) {
			all = append(all, i)
		}
	}
	return all
}

func checkProofs(base, vkey string) error {
	tree, _, err := openLog(base, vkey)
	if err != nil {
		return err
	}
	reader := &tiles{base, map[tlog.Tile][]byte{}}
	hashes := tlog.TileHashReader(tree, reader)
	tried := places(tree.N)
	for _, index := range tried {
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf[0])
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	for _, older := range tried {
		size := older + 1
		root, err := tlog.TreeHash(size, hashes)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, size, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, size, root)
		}
		if err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
	}
	fmt.Printf("size %d, %d inclusion and %d consistency proofs, %d tiles\n", tree.N, len(tried), len(tried), len(reader.known))
	return nil
}

// checkEntries streams with the torchwood client, which stops its first pass at the last full bundle.
func checkEntries(base, vkey string) error {
	tree, _, err := openLog(base, vkey)
	if err != nil {
		return err
	}
	fetcher, err := torchwood.NewTileFetcher(base)
	if err != nil {
		return err
	}
	client, err := torchwood.NewClient(fetcher)
	if err != nil {
		return err
	}
	next := int64(0)
	for index, entry := range client.AllEntries(context.Background(), tree, 0) {
		if index != next || !bytes.HasPrefix(entry, []byte("sanad/entry/v1\n")) {
			return fmt.Errorf("entry %d where %d was due: %.40q", index, next, entry)
		}
		next++
	}
	if err := client.Err(); err != nil {
		return err
	}
	if next != tree.N {
		return fmt.Errorf("%d entries of %d", next, tree.N)
	}
	fmt.Printf("%d entries\n", next)
	return nil
}

func checkCosigned(base, vkey string, witnesses []string) error {
	var verifiers []note.Verifier
	for _, line := range witnesses {
		verifier, err := torchwood.NewCosignatureVerifier(line)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, verifier)
	}
	_, opened, err := openLog(base, vkey, verifiers...)
	if err != nil {
		return err
	}
	signed := map[string]note.Signature{}
	for _, signature := range opened.Sigs {
		signed[signature.Name] = signature
	}
	for _, verifier := range verifiers {
		signature, did := signed[verifier.Name()]
		if !did {
			return fmt.Errorf("%s did not sign", verifier.Name())
		}
		stamp, err := torchwood.CosignatureTimestamp(signature)
		if err != nil || time.Since(time.Unix(stamp, 0)).Abs() > time.Hour {
			return fmt.Errorf("%s signed at %d: %w", signature.Name, stamp, err)
		}
	}
	fmt.Printf("%d cosignatures\n", len(verifiers))
	return nil
}

func checkProof(path, vkey string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	entry, err := torchwood.ProofExtraData(raw)
	if err != nil {
		return err
	}
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(verifier.Name()), torchwood.SingleVerifierPolicy(verifier))
	if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry), raw); err != nil {
		return err
	}
	fmt.Printf("an entry of %d bytes\n", len(entry))
	return nil
}

// readBundles cuts what stands in bundles one behind the other: a length of two bytes, an entry.
func readBundles(in io.Reader) ([][]byte, error) {
	raw, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(raw) > 0 {
		if len(raw) < 2 || len(raw) < 2+int(binary.BigEndian.Uint16(raw)) {
			return nil, errors.New("a bundle ends within an entry")
		}
		end := 2 + int(binary.BigEndian.Uint16(raw))
		entries = append(entries, raw[2:end])
		raw = raw[end:]
	}
	return entries, nil
}

func tesseraOptions(keyFile string) (*tessera.AppendOptions, error) {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(key)))
	if err != nil {
		return nil, err
	}
	return tessera.NewAppendOptions().WithCheckpointSigner(signer).WithCheckpointInterval(100*time.Millisecond).
		WithBatching(256, 100*time.Millisecond).WithPushback(1 << 20), nil
}

// runTessera waits for each future in the order of the entries, then for a checkpoint that covers the last.
func runTessera(dir string, options *tessera.AppendOptions) error {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	entries, err := readBundles(os.Stdin)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return err
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	var futures []tessera.IndexFuture
	for _, entry := range entries {
		futures = append(futures, appender.Add(ctx, tessera.NewEntry(entry)))
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)
	for i, future := range futures {
		place, err := future()
		if err != nil || place.Index != uint64(i) {
			return fmt.Errorf("entry %d stands at %d: %w", i, place.Index, err)
		}
		if i == len(futures)-1 {
			if _, _, err := awaiter.Await(ctx, future); err != nil {
				return err
			}
		}
	}
	if err := shutdown(ctx); err != nil {
		return err
	}
	fmt.Printf("%d entries\n", len(entries))
	return nil
}

func makeTessera(dir, keyFile string) error {
	options, err := tesseraOptions(keyFile)
	if err != nil {
		return err
	}
	return runTessera(dir, options)
}

func makeWitnessed(dir, keyFile, witnessKey, address string) error {
	options, err := tesseraOptions(keyFile)
	if err != nil {
		return err
	}
	root, err := url.Parse(address)
	if err != nil {
		return err
	}
	witness, err := tessera.NewWitness(witnessKey, root)
	if err != nil {
		return err
	}
	options.WithWitnesses(tessera.NewWitnessGroup(1, witness), &tessera.WitnessOptions{})
	return runTessera(dir, options)
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "proofs":
		return checkProofs(args[1], args[2])
	case len(args) == 3 && args[0] == "entries":
		return checkEntries(args[1], args[2])
	case len(args) >= 4 && args[0] == "cosigned":
		return checkCosigned(args[1], args[2], args[3:])
	case len(args) == 3 && args[0] == "proof":
		return checkProof(args[1], args[2])
	case len(args) == 3 && args[0] == "tessera":
		return makeTessera(args[1], args[2])
	case len(args) == 5 && args[0] == "witnessed":
		return makeWitnessed(args[1], args[2], args[3], args[4])
	}
	return errors.New("proofs | entries | cosigned | proof | tessera | witnessed")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}
