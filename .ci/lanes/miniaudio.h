// Stands in for miniaudio while a real Ollama is built for tests (ollama.sh):
// its functions all fail, because no test sends sound.
#pragma once
typedef int ma_result;
typedef int ma_format;
typedef unsigned long long ma_uint64;
struct ma_decoder { int unused; };
struct ma_decoder_config { int unused; };
struct ma_encoder { int unused; };
struct ma_encoder_config { int unused; };
enum { MA_SUCCESS = 0, ma_format_f32 = 5, ma_encoding_format_wav = 1 };
static inline ma_decoder_config ma_decoder_config_init(int, unsigned, unsigned) { return {0}; }
static inline ma_result ma_decoder_init_memory(const void *, unsigned long, const ma_decoder_config *, ma_decoder *) { return -1; }
static inline ma_result ma_decoder_get_length_in_pcm_frames(ma_decoder *, ma_uint64 *) { return -1; }
static inline ma_result ma_decoder_read_pcm_frames(ma_decoder *, void *, ma_uint64, ma_uint64 *) { return -1; }
static inline ma_result ma_decoder_uninit(ma_decoder *) { return 0; }
static inline ma_encoder_config ma_encoder_config_init(int, int, unsigned, unsigned) { return {0}; }
static inline ma_result ma_encoder_init_file(const char *, const ma_encoder_config *, ma_encoder *) { return -1; }
static inline ma_result ma_encoder_write_pcm_frames(ma_encoder *, const void *, ma_uint64, ma_uint64 *) { return -1; }
static inline ma_result ma_encoder_uninit(ma_encoder *) { return 0; }
